"""Two quarrels that a verdict makes one, and another two again: three nights, and what is owed."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, insert

import warning
from tests.copying import filled
from tests.sharing import shared
from warning.cli import run
from warning.commands.matters import case_of
from warning.exporting import export_tables
from warning.moments import local_now
from warning.officers.letters import take_step
from warning.previewing import preview_night
from warning.reviewing import record_verdicts
from warning.settings import load_settings
from warning.store import Store
from warning.store.tables import case_incidents, cases, task_forces
from warning.tabular import rows_of

#: The younger one is worse; the older one is calm, and its id survives.
QUARRELS = {
    "younger": ("大满镇朝元村2社5号", "13900000002",
                ("06-11", "07-12", "08-13", "09-20", "10-15")),
    "older": ("沙井镇兴隆村1社3号", "13900000001", ("06-01", "07-02", "08-03")),
}  # fmt: skip
APART, ONE, AGAIN = (f"2025-10-{day} 02:00" for day in (20, 21, 22))


def reports() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both have the same name and the same opponent, and else nothing in common."""
    records, parties = [], []
    for key, (address, phone, days) in QUARRELS.items():
        for day in days:
            record = {"record_id": f"{key} {day}", "channel": "110"}
            records.append(
                record | {"reported_at": f"2025-{day} 10:00", "category": "邻里纠纷",
                          "narrative": "双方因地界发生争吵", "address": address,
                          "county_code": "620702", "outcome": "未达成协议"}
            )  # fmt: skip
            parties += [
                record | {"party_no": "1", "role": "申请人", "name": "王建国", "phone": phone},
                record | {"party_no": "2", "role": "被申请人", "name": "李秀英",
                          "phone": "13800000009"},
            ]  # fmt: skip
    return pd.DataFrame(records), pd.DataFrame(parties)


@dataclass
class Seen:
    """What stood in the store after a night.

    Attributes:
        cases: quarrel → its matter.
        tiers: matter → tier, previous_tier and the day since when.
        letters: those of the two matters: letter_id, case_id, drafted_at.
        forces: those of the two matters: task_force_id, case_id, status.
        found: id of the first night → the case that is found by it.
        ended: task forces of whose end by a merge the platform was told.
        exported: the cases of each letter of the first night in ``letter_cases``.
    """

    cases: dict[str, str]
    tiers: dict[str, tuple[str, str, str]]
    letters: list[tuple[str, str, str]]
    forces: list[tuple[str, str, str]]
    found: dict[str, str] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    exported: set[tuple[str, str]] = field(default_factory=set)


def look(store: Store, out: Path, ids: Any) -> Seen:
    """Read what a night left."""
    members = store.table("case_incidents").merge(store.table("incident_links"), on="incident_id")
    matters = store.table("cases").query("kind == 'matter'")
    members = members.merge(matters[["case_id"]], on="case_id")
    cases = {key: members.loc[members["record_id"].str.startswith(key), "case_id"].iloc[0]
             for key in QUARRELS}  # fmt: skip
    warnings = store.last_warnings()
    warnings = warnings[warnings["case_id"].isin(list(cases.values()))]
    letters = store.table("letters")
    letters = letters[letters["case_id"].isin(list(cases.values()))]
    export_tables(store, out, "csv")
    exported = pd.read_csv(out / "letter_cases.csv")
    return Seen(
        cases,
        {row["case_id"]: (row["tier"], row["previous_tier"], f"{row['tier_since']:%m-%d}")
         for row in rows_of(warnings)},
        [(row["letter_id"], row["case_id"], f"{row['drafted_at']:%m-%d}")
         for row in rows_of(letters)],
        [(row["task_force_id"], row["case_id"], row["status"])
         for row in rows_of(store.rows("task_forces", "case_id", cases.values()))],
        found={case_id: str(case_of(store, case_id)["case_id"]) for case_id in ids or cases.values()},
        ended=_ended(store),
        exported=set(exported[exported["letter_id"].isin(letters["letter_id"])].itertuples(index=False,
                                                                                 name=None)),
    )  # fmt: skip


def _ended(store: Store) -> list[str]:
    events = warning.events(store, limit=1000)
    return list(events.loc[events["event"] == "task_force.superseded", "subject_id"])


def make(directory: Path) -> list[Seen]:
    """Three nights; after the first the letter of the younger quarrel is answered and done.

    Each of the two has been proposed a task force then, the younger quarrel earlier.
    """
    url, settings = f"sqlite:///{directory / 'w.db'}", load_settings()
    warning.load(url, *reports())
    seen: list[Seen] = []
    for night, verdict in ((APART, None), (ONE, "same"), (AGAIN, "different")):
        with Store.open(url) as store:
            if verdict:
                keys = (f"110|{key} {days[0]}|1" for key, (_, _, days) in QUARRELS.items())
                at = pd.Timestamp(night) - pd.Timedelta(hours=6)
                record_verdicts(store, "person", [(*keys, verdict)], "分析员", at.to_pydatetime())
            warning.run_nightly(store, settings, night)
            seen.append(look(store, directory / night[:10], seen and list(seen[0].cases.values())))
            if night == APART:
                (letter,) = seen[0].letters
                for hour, to in enumerate(
                    ("approved", "issued", "received", "replied", "accepted")
                ):
                    at = pd.Timestamp(night) + pd.Timedelta(hours=7 + hour)
                    take_step(store, settings, letter[0], to, "李科长", "已核实", at)
                with store.writing() as connection:
                    for day, (key, case_id) in enumerate(seen[0].cases.items(), 18):
                        row = {"task_force_id": f"t-{key}", "case_id": case_id,
                               "drafted_for": case_id, "status": "proposed", "members": "公安局",
                               "proposed_at": pd.Timestamp(f"2025-10-{day}").to_pydatetime(),
                               "content": {}}  # fmt: skip
                        connection.execute(insert(task_forces).values(**row))
    return seen


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """What each of the three nights left."""
    return shared(tmp_path_factory, "merged_and_apart", make)[1]


def test_a_letter_goes_with_its_case_and_comes_back(nights: list[Seen]) -> None:
    """On the very night; no second one is drafted for the case that stands again."""
    apart, one, again = nights
    younger, older = apart.cases["younger"], apart.cases["older"]
    (letter,) = apart.letters
    assert letter[1] == younger
    assert set(one.cases.values()) == {older}
    assert one.letters == [(letter[0], older, "10-20")]
    assert again.cases == apart.cases
    assert again.letters == apart.letters


def test_every_id_leads_to_the_case_it_is_part_of_now(nights: list[Seen]) -> None:
    """While they are one both to the one, after that each to its own; so does the export."""
    apart, one, again = nights
    ids = list(apart.cases.values())
    assert one.found == dict.fromkeys(ids, apart.cases["older"])
    assert again.found == dict(zip(ids, ids, strict=True))
    assert again.exported == {(letter_id, case_id) for letter_id, case_id, _ in again.letters}


def test_a_tier_goes_on_through_a_merge_and_back(nights: list[Seen]) -> None:
    """The higher of both with its first day; apart, each goes on from what it was before."""
    apart, one, again = nights
    younger, older = apart.cases["younger"], apart.cases["older"]
    assert apart.tiers == {
        younger: ("yellow", "none", "10-20"), older: ("blue", "none", "10-20"),
    }  # fmt: skip
    assert one.tiers == {older: ("yellow", "yellow", "10-20")}
    assert again.tiers == {
        younger: ("yellow", "yellow", "10-20"), older: ("blue", "blue", "10-20"),
    }  # fmt: skip


def test_of_two_proposed_task_forces_one_ends_and_the_other_goes_back(nights: list[Seen]) -> None:
    """Where both cases had one; the platform is told of the end once."""
    apart, one, again = nights
    younger, older = apart.cases["younger"], apart.cases["older"]
    assert one.forces == [("t-older", older, "superseded"), ("t-younger", older, "proposed")]
    assert again.forces == [("t-older", older, "superseded"), ("t-younger", younger, "proposed")]
    assert again.ended == ["t-older"]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store after its first night, the younger quarrel's letter received."""

    def one_night(directory: Path) -> None:
        url, settings = f"sqlite:///{directory / 'w.db'}", load_settings()
        warning.load(url, *reports())
        with Store.open(url) as store:
            warning.run_nightly(store, settings, APART)
            (letter,) = look(store, directory, None).letters
            for to in ("approved", "issued", "received"):
                at = pd.Timestamp(APART) + pd.Timedelta(hours=7)
                take_step(store, settings, letter[0], to, "李科长", "", at)

    return shared(tmp_path_factory, "apart", one_night)[0] / "w.db"


def test_a_verdict_counts_from_the_next_night_that_runs(apart: Path, tmp_path: Path) -> None:
    """Also where the night's moment lies before it: a missed one, one of a store of past nights."""
    keys = [f"110|{key} {days[0]}|1" for key, (_, _, days) in QUARRELS.items()]
    given = pd.Timestamp(ONE) + pd.Timedelta(hours=1)
    with Store.open(filled(apart, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)) as store:
        record_verdicts(store, "person", [(*keys, "same")], "分析员", given.to_pydatetime())
        assert warning.run_nightly(store, None, ONE).summary["linked_from_memory"]
        assert len(set(look(store, tmp_path, None).cases.values())) == 1


@pytest.mark.parametrize(("name", "rests"), [("龚小海", 1), ("王某", 0), ("王建囯", 0)])
def test_a_verdict_rests_while_its_record_names_somebody_else(
    apart: Path, tmp_path: Path, name: str, rests: int
) -> None:
    """From when that was reported; a mask or a slip of the same name is nobody else."""
    keys = [f"110|{key} {days[0]}|1" for key, (_, _, days) in QUARRELS.items()]
    records, parties = (frame[frame["record_id"] == "younger 06-11"] for frame in reports())
    parties = parties.assign(name=parties["name"].replace("王建国", name))
    with Store.open(filled(apart, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)) as store:
        record_verdicts(store, "person", [(*keys, "same")], "分析员", local_now().to_pydatetime())
        warning.load(store.url, records.assign(reported_at="2025-10-20 12:00"), parties)
        for night, resting in ((APART, 0), (ONE, rests)):
            before = store.previous(as_of=pd.Timestamp(night))
            assert before is not None
            assert (len(before.verdicts), len(before.resting)) == (1 - resting, resting)
        if rests:
            assert warning.run_nightly(store, None, ONE).summary["verdicts_at_rest"] == 1
            assert len(set(look(store, tmp_path, None).cases.values())) == 2
            record_verdicts(
                store, "person", [(*keys, "same")], "分析员", local_now().to_pydatetime()
            )
            again = store.previous()
            assert again is not None and len(again.resting) == 0


def test_a_case_that_is_none_any_more_is_shown_with_its_letters(
    apart: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the last night that graded it found it."""
    page = tmp_path / "life.html"
    with Store.open(filled(apart, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)) as store:
        seen = look(store, tmp_path, None)
        letter_id, case_id, _ = seen.letters[0]
        with store.writing() as connection:
            for table in (cases, case_incidents):
                connection.execute(delete(table).where(table.c.case_id == case_id))
        gone = case_of(store, case_id)
        assert (gone["status"], gone["tier"]) == ("gone", seen.tiers[case_id][0])
        for command in (["cases", case_id], ["explain", case_id]):
            assert run([*command, "--store", store.url]) == 0
            told = capsys.readouterr().out
            assert "no longer a case" in told and letter_id in told
            assert run([*command, "--json", "--store", store.url]) == 0
            (letter,) = json.loads(capsys.readouterr().out)["letters"]
            assert letter["letter_id"] == letter_id
        assert run(["cases", case_id, "--page", str(page), "--store", store.url]) == 0
        assert "· gone" in page.read_text() and "received" in page.read_text()
        assert run(["cases", "c-0", "--store", store.url]) == 1


def test_a_preview_shows_what_a_night_that_was_caught_up_drafted(
    apart: Path, tmp_path: Path
) -> None:
    """Its letters count as they stood when it was drafted: one answered since calls for no other."""
    settings, late = load_settings(), pd.Timestamp("2025-11-10 02:00")
    with Store.open(filled(apart, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)) as store:
        (letter,) = look(store, tmp_path, None).letters
        due = store.rows("letters", "letter_id", [letter[0]])["due_on"].iloc[0]
        assert due < late
        after = late + pd.Timedelta(days=1)
        take_step(store, settings, letter[0], "replied", "李科长", "已化解", after)
        drafted = warning.run_nightly(store, settings, late).letters
        matters = look(store, tmp_path, None).letters
        assert matters == [letter]
        accepted = after + pd.Timedelta(hours=1)
        take_step(store, settings, letter[0], "received", "李科长", "未附材料", accepted)
        shown = preview_night(store, settings, settings).counties
    assert shown["letters_today"].sum() == len(drafted)
