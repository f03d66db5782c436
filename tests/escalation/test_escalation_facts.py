"""What a document says of its case in a sentence: how often, since when, whom and what about."""

import pandas as pd
import pytest

import warning
from warning import case_files
from warning.escalation.documents import _facts
from warning.nightly import build_history
from warning.reading import from_frames
from warning.settings import load_settings

#: How the records' ids begin → category, narrative, address, people (role, name, ID number, body).
REPORTS = {
    "X": ("邻里纠纷", "李建国与邻居赵大勇因噪音争吵。", "高台县城关镇锦绣花园3号楼2单元501室",
          ("报警人", "李建国", "110101197001011233", None),
          ("对方当事人", "赵大勇", "110101197101011239", None)),
}  # fmt: skip


@pytest.fixture(scope="module")
def told():
    """What documents tell of the case of a kind that a record belongs to."""
    records, parties, settings = [], [], load_settings()
    for name, (category, text, address, *people) in REPORTS.items():
        for number in range(4):
            key = {"record_id": f"{name}{number}", "channel": "110"}
            records.append(key | {"category": category, "narrative": text, "address": address,
                                  "reported_at": f"2025-03-{number * 5 + 1:02d} 10:00:00"})  # fmt: skip
            parties += [key | {"party_no": str(place), "role": role, "name": person,
                               "id_number": number_, "organisation": body}
                        for place, (role, person, number_, body) in enumerate(people, 1)]  # fmt: skip
    frames = pd.DataFrame(records), pd.DataFrame(parties)
    links = warning.link(*frames, settings)
    tables = from_frames(*frames, settings.channels)
    history = build_history(tables.records, links, settings)
    warned = links.cases[["case_id"]].assign(tier="red", probability=0.5, reasons="")
    cases = links.case_incidents[["case_id", "incident_id"]].merge(
        links.incident_links, on="incident_id"
    )
    cases = cases.merge(links.cases[["case_id", "kind"]], on="case_id")

    def of(record, kind):
        mine = cases.loc[(cases["record_id"] == record) & (cases["kind"] == kind), "case_id"]
        return case_files.case_files(
            set(mine), tables.records, tables.parties, links, history, warned, settings
        )[mine.iloc[0]]

    return of


def test_reports_that_the_timeline_leaves_out_are_counted(told, monkeypatch):
    """Their number and the first day are of all; where rows are left out it says so."""
    whole = _facts(told("X0", "matter"), "附件1")
    assert whole.endswith("自2025年3月1日至2025年3月16日，各渠道共报告4次。")
    monkeypatch.setattr(case_files, "MOST_ROWS", 3)
    assert _facts(told("X0", "matter"), "附件1") == whole + "附件1载最近3次。"
