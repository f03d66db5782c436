"""One letter for several cases of one recipient."""

import io
import zipfile
from dataclasses import replace

import pandas as pd
from lxml import etree

import warning
from tests.escalation.office import SETTINGS, Office
from warning.commands.letters import take_step
from warning.escalation.bundles import carried, cases_of, follow
from warning.settings import load_settings
from warning.store import Store
from warning.store.outbox import of_letter

BUNDLED = SETTINGS.model_copy(update={"bundle": ("提示函",)})


def office(*cases: tuple[str, str, str]) -> Office:
    """An office that bundles the first letter; cases are (id, county, category)."""
    found = Office(settings=BUNDLED)
    for case_id, county, category in cases:
        found.case(case_id, "yellow", county=county)
        found.cases[case_id]["category"] = category
    return found


def test_a_letter_carries_the_cases_of_one_county_and_the_same_departments():
    """Not those of another county or department, and never domestic violence."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"), ("c-3", "620721", "02"),
                   ("c-4", "620702", "07"), ("c-5", "620702", "0101"),
                   ("c-6", "620702", "0101"))  # fmt: skip
    letters = found.night()
    assert [cases_of(letter) for letter in letters] == [
        ["c-1", "c-2"], ["c-3"], ["c-4"], ["c-5"], ["c-6"],
    ]  # fmt: skip
    assert office(("c-1", "620702", "02"), ("c-2", "620702", "02")).night()[0] == letters[0]


def test_every_carried_case_has_its_letter():
    """The next night drafts nothing again; overdue, each case climbs for itself."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    letter = found.night()[0]
    assert found.night() == []
    found.send(letter["letter_id"])
    assert sorted(row["case_id"] for row in found.night(30)) == ["c-1", "c-2"]
    follow_up = [row for row in found.letters.values() if row["kind"] == "交办函"]
    found.send(follow_up[0]["letter_id"])
    found.night()
    assert found.letters[letter["letter_id"]]["status"] == "overdue"
    found.send(follow_up[1]["letter_id"])
    found.night()
    assert found.letters[letter["letter_id"]]["status"] == "superseded"


def test_a_merged_case_is_followed_into_the_bundle():
    """Chains of merges lead to the survivor, and it stands once; undone, each has its place again."""
    letters = pd.DataFrame(
        {"letter_id": ["d-1"], "case_id": ["c-1"], "drafted_for": ["c-1"],
         "content": [{"others": [{"case_id": "c-2"}, {"case_id": "c-3"}]}]}
    )  # fmt: skip
    moved = follow(letters, {"c-3": "c-4", "c-4": "c-2"})
    assert list(carried(moved)["case_id"]) == ["c-1", "c-2"]
    assert list(carried(letters)["case_id"]) == ["c-1", "c-2", "c-3"]
    partly = follow(moved, {"c-1": "c-5", "c-3": "c-4"})
    assert list(carried(partly)["case_id"]) == ["c-5", "c-2", "c-4"]
    pd.testing.assert_frame_equal(follow(partly, {}), letters)


def test_the_document_tells_every_case_and_is_numbered_once(tmp_path):
    """Through the product: two quarrels of one county, one letter, one number."""
    names = (("周启明", "赵守成"), ("鲁秉坤", "钱万里"))
    records, parties = [], []
    for case, (one, other) in enumerate(names):
        for number in range(4):
            day = pd.Timestamp("2025-03-01") + pd.Timedelta(days=7 * number + case)
            key = f"{case}-{number}"
            records.append(
                {"record_id": key, "channel": "110", "reported_at": str(day),
                 "category": "邻里纠纷", "county_code": "620702", "outcome": "未达成协议",
                 "address": f"甘州区大满镇{'大满村' if case else '新庙村'}三社{case + 4}号",
                 "narrative": f"{one}与{other}因宅基地争吵"}
            )  # fmt: skip
            parties += [{"record_id": key, "channel": "110", "party_no": place, "name": name,
                         "role": "当事人"} for place, name in enumerate((one, other), 1)]  # fmt: skip
    url, plain = f"sqlite:///{tmp_path / 'w.db'}", load_settings()
    every = tuple(kind.name for kind in plain.escalation.letters)
    settings = replace(plain, escalation=plain.escalation.model_copy(update={"bundle": every}))
    warning.load(url, pd.DataFrame(records), pd.DataFrame(parties))
    night = warning.run_nightly(url, settings, as_of="2025-03-31")
    matters = [row for row in night.letters.to_dict("records") if len(cases_of(row)) > 1]
    assert len(matters) == 1
    with Store.open(url) as store:
        take_step(store, settings, matters[0]["letter_id"], "approved", "李", "",
                  pd.Timestamp("2025-04-01 09:00"))  # fmt: skip
        document = store.document(matters[0]["document"]) or b""
    body = etree.fromstring(zipfile.ZipFile(io.BytesIO(document)).read("word/document.xml"))
    text = "".join(node.text or "" for node in body.iter("{*}t"))
    for piece in (
        *cases_of(matters[0]),
        f"{len(cases_of(matters[0]))}起矛盾",
        "1. 编号",
        "2. 编号",
        "〔2025〕1号",
    ):
        assert piece in text, piece


def test_two_sent_bundles_that_share_a_case_after_a_merge_become_one():
    """The younger is replaced, with its reason, and its other case gets its letter again."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    older = found.night()[0]
    found.send(older["letter_id"])
    for case_id in ("c-3", "c-4"):
        found.case(case_id, "yellow")
        found.cases[case_id]["category"] = "02"
    younger = found.night()[0]
    found.send(younger["letter_id"])
    found.merge("c-3", "c-2")
    assert [cases_of(row) for row in found.night()] == [["c-4"]]
    assert found.letters[younger["letter_id"]]["status"] == "superseded"
    assert found.letters[older["letter_id"]]["status"] == "received"
    assert found.transitions[-1]["reason"] == "系列合并，同类函件并为一件"
    kinds = found.open_kinds()
    assert len(set(kinds)) == len(kinds)
    assert found.night() == []


def test_events_name_every_case_of_a_letter():
    """One event a case, in order, each with all the cases."""
    letter = office(("c-1", "620702", "02"), ("c-2", "620702", "02")).night()[0]
    found = of_letter(letter, {"to_status": "draft", "at": letter["drafted_at"]})
    assert [event["case_id"] for event in found] == ["c-1", "c-2"]
    assert all(event["content"]["case_ids"] == ["c-1", "c-2"] for event in found)
