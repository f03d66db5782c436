"""A patrol's own find, or a settlement, is told and calls for nothing."""

import io
from types import SimpleNamespace

import pandas as pd
from openpyxl import load_workbook

import warning
from tests.escalation.office import Office
from warning.escalation.case_file import facts, timeline
from warning.escalation.finds import last_reported
from warning.matching.settlements import settling
from warning.nightly import build_history, stored_links
from warning.officers.current import current_case_files
from warning.officers.ledger import ledger_workbook
from warning.officers.letters import take_step
from warning.officers.task_forces import change_status
from warning.settings import load_settings
from warning.store import Store
from warning.store.finds import last_reports


def reports(
    moments: list[str], origin: str | None, occurred_at: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A knife drawn in one quarrel, on these days."""
    records = [{"record_id": f"{origin}{at}", "channel": "110", "reported_at": at, "origin": origin,
                "category": "邻里纠纷", "county_code": "620724", "occurred_at": occurred_at,
                "narrative": "李建国持刀与赵大勇因地界争吵"} for at in moments]  # fmt: skip
    parties = [{"record_id": row["record_id"], "channel": "110", "party_no": role, "name": name,
                "role": role, "id_number": number} for row in records for name, role, number in (
                    ("李建国", "报警人", "110101197001011232"),
                    ("赵大勇", "对方当事人", "11010119720202123X"))]  # fmt: skip
    return pd.DataFrame(records), pd.DataFrame(parties)


def settled(at: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The mediators' record of how the quarrel ended."""
    records, parties = reports([at], None)
    told = "李建国与赵大勇经村调委会调解，双方达成协议，签订调解协议书。"
    records = records.assign(channel="综治中心", narrative=told, outcome="达成协议")
    return records, parties.assign(channel="综治中心")


def test_neither_a_find_nor_a_settlement_nor_what_is_told_late_is_a_recurrence(
    tmp_path,
):
    """After the reply was accepted and the task force declined nothing new happened.

    There are only a settlement, a patrol's find in the source's own word, and a report of the
    spring before.
    """
    url, settings = f"sqlite:///{tmp_path / 'w.db'}", load_settings()
    before = [f"2025-09-{day} 20:00:00" for day in ("01", "06", "10", "20")]
    warning.load(url, *reports(before, None))
    night = warning.run_nightly(url, settings, as_of="2025-09-22")
    with Store.open(url) as store:
        cases = store.table("cases").set_index("kind")
        case_id = cases.loc["matter", "case_id"]
        (letter,) = night.letters.loc[night.letters["case_id"] == case_id, "letter_id"]
        forces = night.task_forces
        (force,) = forces.loc[forces["case_id"] == case_id, "task_force_id"]
        for to in ("approved", "issued", "received", "replied", "accepted"):
            take_step(store, settings, letter, to, "李书记", "经核查", pd.Timestamp("2025-09-23"))
        change_status(
            store, settings, force, "declined", "李书记", "不必", pd.Timestamp("2025-09-23")
        )
        warning.load(url, *settled("2025-09-23 10:00:00"))
        warning.load(url, *reports(["2025-09-25 09:00:00"], "巡查发现"))
        warning.load(url, *reports(["2025-09-29 23:00:00"], None, "2025-05-01"))
        night = warning.run_nightly(store, settings, as_of="2025-09-30")
        assert night.summary["told_late"] == 1
        assert case_id not in {*night.letters["case_id"], *night.task_forces["case_id"]}
        cases, links = store.table("cases"), stored_links(store)
        assert set(cases["last_at"]) == {pd.Timestamp("2025-09-29 23:00")}
        history = build_history(store.known(store.last_night())[0], links, settings)
        words = settings.channels.no_dispute.settled_before
        told = store.known(store.last_night())[0].merge(links.incident_links)
        reported = last_reported(cases, links, history, settling(told, words))["last_at"]
        assert set(reported) == {pd.Timestamp("2025-09-20 20:00")}
        assert last_reports(store, cases["case_id"], settings) == dict(
            zip(cases["case_id"], reported, strict=True)
        )
        # The quiet period begins anew by a find, and by a settlement does not.
        last = last_reports(store, cases["case_id"], settings, finds=True)
        assert set(last.values()) == {pd.Timestamp("2025-09-25 09:00")}
        (told,) = current_case_files(store, settings, [case_id])
        late, *others = [row[1] for row in told.timeline]
        assert late == "110（2025年9月29日报告）"
        assert others == ["110"] * 4 + ["综治中心", "110（巡查发现）"]
        assert timeline(told)[0]["time"] == "2025-05-01"
        assert (
            "自2025年5月1日至2025年9月25日，各渠道共报告7次。其中1次为巡查自行发现。其中1次所报是旧事"
            in facts(told, "附件1")
        )
        book = load_workbook(io.BytesIO(ledger_workbook(store, settings)))
        titles, *_, totals = book["月汇总"].iter_rows(values_only=True)
        assert dict(zip(titles, totals, strict=True))["办结后再发"] == 0


def test_a_case_of_finds_alone_calls_once():
    """Its rise calls for a letter and a task force; what is answered and declined stays so."""
    office = Office()
    office.case("c-1", "red")
    office.cases["c-1"]["last_at"] = pd.NaT
    (letter,) = office.night()
    office.send(letter["letter_id"])
    for to in ("replied", "accepted"):
        office.step(letter["letter_id"], to)
    office.force(0, "declined")
    assert office.night() == []
    assert len(office.task_forces) == 1
    office.incident("c-1")
    assert [row["reason"] for row in office.night()] == ["复函后再次发生"]
    assert len(office.task_forces) == 2


def test_a_case_of_finds_alone_has_no_last_report():
    """Of a night with no other case neither."""
    at = pd.Series(pd.to_datetime(["2025-09-01"]).astype("datetime64[us]"))
    incidents = pd.DataFrame({"incident_id": ["i-1"], "reported_at": at})
    members = pd.DataFrame({"case_id": ["c-1"], "incident_id": ["i-1"]})
    links = SimpleNamespace(case_incidents=members, incidents=incidents)
    history = SimpleNamespace(records=incidents.assign(is_discovered=True), late_days=90)
    cases = pd.DataFrame({"case_id": ["c-1"], "last_at": at}).astype({"case_id": "str"})
    nothing = incidents.loc[[], "incident_id"]
    found = last_reported(cases, links, history, nothing)["last_at"]
    assert found.isna().all()
    assert found.dtype == at.dtype
