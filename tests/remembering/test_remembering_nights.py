"""A night from memory: it gives what linking everything gives, and changes only what is touched."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from tests.remembering.conftest import (
    NO_VERDICTS,
    RECORD,
    SETTINGS,
    Remembering,
    previous_of,
)
from warning.matching.link import link
from warning.matching.links import Links, Previous
from warning.matching.remembering import Memory, drift_between, link_changes
from warning.records import PARTY
from warning.settings import load_settings


def frames(links: Links) -> dict[str, pd.DataFrame]:
    """The result's tables."""
    names = ("party_links", "place_links", "incident_links", "incidents", "cases",
             "case_incidents", "places", "mentions")  # fmt: skip
    return {name: getattr(links, name) for name in names}


def same(one: Links, other: Links) -> None:
    """Both hold the same rows in the same order."""
    for name, frame in frames(one).items():
        pd.testing.assert_frame_equal(frame, getattr(other, name), obj=name)


def holds_together(links: Links, records: pd.DataFrame) -> None:
    """Every record, incident and case stands where it must, sorted, once."""
    assert len(links.incident_links) == len(records)
    assert set(links.incident_links["incident_id"]) == set(links.incidents["incident_id"])
    assert set(links.case_incidents["incident_id"]) == set(links.incidents["incident_id"])
    assert set(links.case_incidents["case_id"]) == set(links.cases["case_id"])
    primary = links.case_incidents[links.case_incidents["is_primary"].astype(bool)]
    assert primary["incident_id"].is_unique
    assert len(primary) == len(links.incidents)
    assert set(links.place_links["place_id"]) <= set(links.places["place_id"])
    for name, key in (("party_links", PARTY), ("incident_links", RECORD), ("cases", ["case_id"]),
                      ("incidents", ["incident_id"]), ("places", ["place_id"])):  # fmt: skip
        frame = getattr(links, name)
        assert not frame.duplicated(key).any(), name
        pd.testing.assert_frame_equal(frame, frame.sort_values(key, ignore_index=True), obj=name)
    counted = links.incident_links.groupby("incident_id").size()
    assert links.incidents.set_index("incident_id")["record_count"].eq(counted).all()
    counted = links.case_incidents.groupby("case_id").size()
    assert links.cases.set_index("case_id")["incident_count"].eq(counted).all()


@pytest.fixture(scope="module")
def tonight(remembering: Remembering) -> Links:
    """The night of all records, from memory."""
    return remembering.night(remembering.records)


def test_a_night_from_memory_links_only_what_is_new(
    remembering: Remembering, tonight: Links
) -> None:
    """It says how much it linked, and every table is whole."""
    assert tonight.report["records linked anew"] == 90
    assert tonight.memory == {}
    holds_together(tonight, remembering.records)


def test_it_gives_what_linking_everything_gives(remembering: Remembering, tonight: Links) -> None:
    """Of the pairs that a rebuild holds together at most one in a hundred differs."""
    rebuilt = remembering.night(remembering.records, memory=False)
    drift = drift_between(tonight, rebuilt)
    for name in ("people", "incidents", "matters"):
        other = drift[f"drift: {name} joined by memory alone"]
        other += drift[f"drift: {name} joined by the rebuild alone"]
        assert drift[f"drift: pairs of {name}"] > 100
        assert other <= 0.01 * drift[f"drift: pairs of {name}"], (name, drift)
    both = tonight.party_links.merge(rebuilt.party_links, on=PARTY, suffixes=("", "_rebuilt"))
    assert (both["entity_id"] == both["entity_id_rebuilt"]).mean() > 0.995


def test_the_same_night_again_is_the_same(remembering: Remembering, tonight: Links) -> None:
    """Nothing of it depends on when it ran, on the order of rows, or on the run before."""
    again = link(
        remembering.records.iloc[::-1], remembering.parties.iloc[::-1], SETTINGS,
        remembering.previous(),
    )  # fmt: skip
    same(again, tonight)
    after = link(
        remembering.records, remembering.parties, SETTINGS,
        previous_of(Links(**frames(tonight), merges=tonight.merges, memory=remembering.links.memory)),
    )  # fmt: skip
    same(after, tonight)


def test_which_nights_ran_in_between_makes_no_difference(
    remembering: Remembering, tonight: Links
) -> None:
    """Night by night or all at once: who is with whom is the same."""
    links, before = remembering.links, remembering.previous()
    for count in (30, 60, 90):
        records = remembering.records.iloc[: remembering.known + count]
        links = link(records, remembering.of(records), SETTINGS, before)
        holds_together(links, records)
        before = previous_of(
            Links(**frames(links), merges=links.merges, memory=remembering.links.memory)
        )
    drift = drift_between(links, tonight)
    assert all(count == 0 for name, count in drift.items() if "alone" in name), drift


def test_new_records_of_no_dispute_are_in_no_case(remembering: Remembering, tonight: Links) -> None:
    """As of a rebuild; all others stay where they are."""
    alone = tonight.incidents.loc[tonight.incidents["record_count"] == 1, "incident_id"]
    new = remembering.records["record_id"].iloc[remembering.known :]
    theirs = tonight.incident_links[tonight.incident_links["incident_id"].isin(alone)]
    chosen = theirs.loc[theirs["record_id"].isin(new), "record_id"].iloc[:9]
    assert len(chosen) == 9
    praise = remembering.records["record_id"].isin(chosen)
    records = remembering.records.assign(
        category=remembering.records["category"].mask(praise, "表扬")
    )
    links = remembering.night(records)
    quiet = links.incident_links.loc[links.incident_links["record_id"].isin(chosen), "incident_id"]
    assert set(links.incidents.loc[links.incidents["category"] == "00", "incident_id"]) == set(
        quiet
    )
    assert not links.case_incidents["incident_id"].isin(quiet).any()
    assert len(set(links.case_incidents["incident_id"])) == len(links.incidents) - len(quiet)


def untouched(before: Links, after: Links, records: set[str]) -> float:
    """The share of parties of other records that stayed who they were."""
    both = before.party_links.merge(after.party_links, on=PARTY, suffixes=("", "_after"))
    others = both[~both["record_id"].isin(records)]
    return float((others["entity_id"] == others["entity_id_after"]).mean())


def test_a_withdrawn_record_takes_only_itself_away(remembering: Remembering) -> None:
    """Its parties are gone; people of other records stay who they were."""
    first = remembering.records.iloc[: remembering.known]
    gone = first.iloc[[100]]
    left = first.drop(index=gone.index)
    links = remembering.night(left)
    holds_together(links, left)
    assert links.report["records withdrawn or changed"] == 1
    assert links.report["records linked anew"] == 0
    assert not links.party_links["record_id"].isin(gone["record_id"]).any()
    assert untouched(remembering.links, links, set(gone["record_id"])) > 0.999


def test_a_corrected_record_is_linked_anew(remembering: Remembering) -> None:
    """Where a record now names somebody else, it is somebody else."""
    first = remembering.records.iloc[: remembering.known]
    theirs = remembering.of(first)
    pairs = remembering.links.party_links.merge(theirs[[*PARTY, "id_number"]], on=PARTY)
    shared = pairs[pairs["id_number"].notna()]
    shared = shared[shared["entity_id"].map(shared["entity_id"].value_counts()) >= 2]
    row = shared.iloc[0]
    key = (theirs[PARTY] == row[PARTY].tolist()).all(axis=1)
    assert key.sum() == 1
    changed = theirs.copy()
    changed.loc[key, ["name", "id_number", "phone"]] = ["欧阳娜娜", None, None]
    links = link(first, changed, SETTINGS, remembering.previous())
    holds_together(links, first)
    now = links.party_links.set_index(PARTY)["entity_id"]
    others = shared.loc[shared["entity_id"] == row["entity_id"], PARTY].iloc[1:]
    assert now[tuple(row[PARTY])] not in set(now[list(map(tuple, others.to_numpy()))])
    assert untouched(remembering.links, links, {row["record_id"]}) > 0.999


def test_a_late_record_finds_its_people(remembering: Remembering) -> None:
    """A report of long ago that arrives today joins the people and the incident it tells of."""
    first = remembering.records.iloc[: remembering.known]
    theirs = remembering.of(first).merge(first[RECORD], on=RECORD)
    model = first[first["record_id"].isin(theirs.loc[theirs["id_number"].notna(), "record_id"])]
    source = model.iloc[[50]]
    late = source.assign(record_id="late-1", channel="12345")
    parties = theirs[(theirs["record_id"] == source["record_id"].iloc[0])]
    parties = parties[parties["channel"] == source["channel"].iloc[0]]
    copied = parties.assign(record_id="late-1", channel="12345")
    links = link(
        pd.concat([first, late]), pd.concat([theirs, copied]), SETTINGS, remembering.previous()
    )
    now = links.party_links.set_index(PARTY)["entity_id"]
    known = parties[parties["id_number"].notna()]
    for one in known.itertuples():
        assert now["12345", "late-1", one.party_no] == now[one.channel, one.record_id, one.party_no]
    incident = links.incident_links.set_index(RECORD)["incident_id"]
    assert incident["12345", "late-1"] == incident[tuple(source[RECORD].iloc[0])]
    assert untouched(remembering.links, links, {"late-1", *source["record_id"]}) > 0.999


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_verdict_holds_and_moves_nobody_else(remembering: Remembering, verdict: str) -> None:
    """Two mentions that an analyst judged are what he said, whatever the rebuild found."""
    first = remembering.records.iloc[: remembering.known]
    people = remembering.links.party_links
    people = people[people["entity_type"] == "person"]
    if verdict == "different":
        size = people["entity_id"].value_counts()
        entity = size.index[size == 2].sort_values()[0]
        pair = people.loc[people["entity_id"] == entity, PARTY].to_numpy().tolist()
    else:
        pair = people.drop_duplicates("entity_id").iloc[[10, 400]][PARTY].to_numpy().tolist()
    left, right = sorted("|".join(key) for key in pair)
    told = pd.DataFrame([{"kind": "person", "left": left, "right": right, "verdict": verdict,
                          "user": "李", "at": "2025-01-01"}])  # fmt: skip
    links = remembering.night(first, pd.concat([NO_VERDICTS, told]))
    now = links.party_links.set_index(PARTY)["entity_id"]
    assert (now[tuple(pair[0])] == now[tuple(pair[1])]) == (verdict == "same")
    assert untouched(remembering.links, links, {key[1] for key in pair}) > 0.995


@pytest.mark.parametrize("kind", ["person", "incident"])
def test_a_verdict_taken_back_holds_no_longer(remembering: Remembering, kind: str) -> None:
    """Two that the rebuild joined by a verdict are apart once the last one is unsure."""
    known = remembering.records.iloc[:300]
    people = remembering.links.party_links.merge(known[RECORD], on=RECORD)
    people = people[people["entity_type"] == "person"]
    alone = people.drop_duplicates("entity_id", keep=False)
    rows = alone[PARTY] if kind == "person" else alone[RECORD].drop_duplicates()
    left, right = sorted("|".join(key) for key in rows.iloc[[10, 100]].to_numpy().tolist())
    same = {"kind": kind, "left": left, "right": right, "verdict": "same", "user": "李",
            "at": "2025-01-01"}  # fmt: skip
    told = pd.concat([NO_VERDICTS, pd.DataFrame([same])])
    before = replace(remembering.previous(told), memory={})
    base = link(known, remembering.of(known), SETTINGS, before, remember=True)
    unsure = pd.DataFrame([{**same, "verdict": "unsure", "at": "2025-01-02"}])
    night = link(known, remembering.of(known), SETTINGS,
                 previous_of(base, pd.concat([told, unsure])))  # fmt: skip
    own, name = (PARTY, "entity_id") if kind == "person" else (RECORD, "incident_id")
    for found, one in ((base, True), (night, False)):
        table = found.party_links if kind == "person" else found.incident_links
        ids = table.set_index(table[own].agg("|".join, axis=1))[name]
        assert (ids[left] == ids[right]) == one


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_verdicts_on_places_hold_for_new_records(remembering: Remembering, verdict: str) -> None:
    """Who writes as a judged record wrote stands where that one stands, as after a rebuild."""
    known = remembering.records.iloc[: remembering.known]
    places = remembering.links.place_links
    rooms = places[places["grain"] == "room"].merge(known, on=RECORD).sort_values(RECORD)
    first = rooms.iloc[0]
    if verdict == "same":
        second = rooms[rooms["place_id"] != first["place_id"]].iloc[0]
    else:
        apart = rooms.groupby("place_id")["address"].nunique()
        mine = rooms[rooms["place_id"] == apart.index[apart >= 2][0]]
        mine = mine.sort_values("reported_at").drop_duplicates("address")
        first, second = mine.iloc[0], mine.iloc[1]
    pair = ["|".join(one[RECORD]) for one in (first, second)]
    told = pd.DataFrame([{"kind": "place", "left": min(pair), "right": max(pair),
                          "verdict": verdict, "user": "李", "at": "2025-01-01"}])  # fmt: skip
    told = pd.concat([NO_VERDICTS, told])
    before = replace(remembering.previous(told), memory={})
    base = link(known, remembering.of(known), SETTINGS, before, remember=True)
    source = known[(known[RECORD] == second[RECORD].tolist()).all(axis=1)]
    new = source.assign(record_id="new-1", reported_at=known["reported_at"].max())
    records = pd.concat([known, new])
    links = link(records, remembering.of(known), SETTINGS, previous_of(base, told))
    assert links.report["records linked anew"] == 1
    where = links.place_links.set_index(RECORD)["place_id"]
    assert where[second["channel"], "new-1"] == where[tuple(second[RECORD])]
    assert (where[tuple(first[RECORD])] == where[tuple(second[RECORD])]) == (verdict == "same")


def test_verdicts_on_organisations_hold_when_a_new_name_comes(remembering: Remembering) -> None:
    """A name nobody knew has all names linked again, and what an analyst parted stays apart."""
    known = remembering.records.iloc[: remembering.known]
    theirs = remembering.of(known)
    firms = remembering.links.party_links.merge(theirs[[*PARTY, "organisation"]], on=PARTY)
    firms = firms[firms["entity_type"].eq("organisation") & firms["organisation"].notna()]
    spelt = firms.groupby("entity_id")["organisation"].nunique()
    one = firms[firms["entity_id"] == spelt.index[spelt >= 2][0]].drop_duplicates("organisation")
    pair = sorted("|".join(key) for key in one[PARTY].iloc[:2].to_numpy().tolist())
    told = pd.DataFrame([{"kind": "organisation", "left": pair[0], "right": pair[1],
                          "verdict": "different", "user": "李", "at": "2025-01-01"}])  # fmt: skip
    told = pd.concat([NO_VERDICTS, told])
    before = replace(remembering.previous(told), memory={})
    base = link(known, theirs, SETTINGS, before, remember=True)
    new = known.iloc[[0]].assign(record_id="new-1", reported_at=known["reported_at"].max())
    company = theirs.iloc[[0]].assign(
        record_id="new-1", channel=new["channel"].iloc[0], name=None, id_number=None, phone=None,
        organisation="张掖市星河测绘有限公司",
    )  # fmt: skip
    links = link(
        pd.concat([known, new]), pd.concat([theirs, company]), SETTINGS, previous_of(base, told)
    )
    assert links.report["records linked anew"] == 1
    now = links.party_links.set_index(PARTY)["entity_id"]
    left, right = (tuple(key.split("|")) for key in pair)
    assert now[left] != now[right]


HOME = "甘肃省张掖市甘州区锦华佳苑3号楼"
BOTH = "甘肃省张掖市甘州区金桂园小区5号楼1单元301室"
VILLAGE = "甘肃省张掖市甘州区乌江镇星火三社12号"
COMPANY, OTHER = "张掖市北斗测绘有限公司", "张掖市天枢运输有限公司"
MURONG = {"name": "慕容晓天", "id_number": "629900198506154217", "phone": "13999990001"}
YUCHI = {"name": "尉迟大海", "id_number": "629900199003078132", "phone": "13988880002"}
Tables = tuple[pd.DataFrame, pd.DataFrame]


def made_up(
    remembering: Remembering, *reports: tuple[str, str, str | None, dict[str, str]]
) -> Tables:
    """Records (id, when, address, its only party) after the rebuild, beside nothing else."""
    first = remembering.records.iloc[: remembering.known]
    model = first[first["category"].notna()].iloc[-1]
    records = pd.DataFrame(
        [
            {**model, "channel": "12345", "record_id": number, "reported_at": pd.Timestamp(at),
             "occurred_at": pd.NaT, "narrative": f"反映持刀威胁，{number}", "duplicate_of": None,
             "related_to": None, "address": address, "county_code": "620702", "town": None,
             "village": None, "grid_id": None, "longitude": None, "latitude": None}
            for number, at, address, _ in reports
        ]
    ).astype(first.dtypes.to_dict())  # fmt: skip
    columns = dict.fromkeys(remembering.parties.columns)
    parties = pd.DataFrame(
        [
            {**columns, "channel": "12345", "record_id": number, "party_no": "1", "role": "被投诉人",
             **party}
            for number, _, _, party in reports
        ]
    ).astype(remembering.parties.dtypes.to_dict())  # fmt: skip
    return records, parties


def beside(remembering: Remembering, made: Tables) -> Tables:
    """These tables beside those of the rebuild."""
    first = remembering.records.iloc[: remembering.known]
    return pd.concat([first, made[0]]), pd.concat([remembering.of(first), made[1]])


def after(remembering: Remembering, links: Links) -> Previous:
    """What a store would give after a night from memory."""
    return replace(previous_of(links), memory=remembering.links.memory)


def firsts(day: int) -> list[tuple[str, str, str | None, dict[str, str]]]:
    """Reports of one day about a company, three homes and a person that nobody knew before."""
    at = f"2024-12-{day:02}"
    return [
        (f"O{day}", f"{at} 09:00", None, {"organisation": COMPANY}),
        (f"P{day}", f"{at} 10:00", None, MURONG),
        (f"A{day}", f"{at} 12:00", HOME + "501室", {}),
        (f"B{day}", f"{at} 15:00", BOTH, {}),
        (f"V{day}", f"{at} 18:00", VILLAGE, {}),
    ]


def test_a_firm_in_the_column_of_names_is_the_firm_that_another_channel_names(
    remembering: Remembering,
) -> None:
    """A night from memory and one that links everything take it for the same organisation."""
    first, second = ("N1", "2024-12-01 09:00", None), ("N2", "2024-12-02 09:00", None)
    made = made_up(remembering, (*first, {"organisation": COMPANY}), (*second, {"name": COMPANY}))
    from_memory = link(*beside(remembering, made), SETTINGS, remembering.previous())
    for links in (from_memory, link(*made, SETTINGS)):
        own = links.party_links.set_index(RECORD).loc[[("12345", "N1"), ("12345", "N2")]]
        assert own["entity_type"].tolist() == ["organisation"] * 2
        assert own["entity_id"].nunique() == 1


def test_what_is_new_since_the_rebuild_keeps_its_id_when_a_late_record_comes(
    remembering: Remembering,
) -> None:
    """A company told of earlier; a unit, another spelling and 村, each written by one record."""
    known = [report for day in (8, 14, 20) for report in firsts(day)]
    late = [
        ("O5", "2024-12-05 09:00", None, {"organisation": COMPANY}),
        ("P5", "2024-12-05 10:00", None, MURONG),
        ("A23", "2024-12-23 09:00", HOME + "2单元501室", {}),
        ("B3", "2024-12-03 09:00", BOTH.replace("桂", "贵"), {}),
        ("V23", "2024-12-23 10:00", VILLAGE.replace("星火", "星火村"), {}),
    ]
    before = link(
        *beside(remembering, made_up(remembering, *known)), SETTINGS, remembering.previous()
    )
    tables = beside(remembering, made_up(remembering, *known, *late))
    links = link(*tables, SETTINGS, after(remembering, before))
    holds_together(links, tables[0])
    assert links.merges.empty
    for name, column, letters in (("party_links", "entity_id", "OP"),
                                  ("place_links", "place_id", "ABV")):  # fmt: skip
        was, now = (getattr(one, name).set_index(RECORD)[column] for one in (before, links))
        for letter in letters:
            mine = [("12345", report[0]) for report in known if report[0][0] == letter]
            new = [("12345", report[0]) for report in late if report[0][0] == letter]
            assert was[mine].nunique() == 1, letter
            assert set(now[mine + new]) == set(was[mine]), letter
    assert set(before.cases["case_id"]) <= set(links.cases["case_id"])


def test_places_that_turn_out_to_be_one_are_merged_with_their_cases(
    remembering: Remembering,
) -> None:
    """A room without a unit is that of the only unit that has it, when the other is withdrawn."""
    units = [(f"A{day}", f"2024-12-{day:02} 12:00", f"{HOME}{unit}501室", {})
             for day, unit in ((8, ""), (11, ""), (14, ""), (15, "2单元"), (18, "2单元"),
                               (21, "2单元"), (22, "1单元"))]  # fmt: skip
    before = link(
        *beside(remembering, made_up(remembering, *units)), SETTINGS, remembering.previous()
    )
    tables = beside(remembering, made_up(remembering, *units[:-1]))
    links = link(*tables, SETTINGS, after(remembering, before))
    holds_together(links, tables[0])
    was, now = (own.place_links.set_index(RECORD)["place_id"] for own in (before, links))
    old, young = was["12345", "A8"], was["12345", "A15"]
    assert old != young
    assert set(now.loc["12345"].loc[["A8", "A11", "A14", "A15", "A18", "A21"]]) == {old}
    merges = links.merges.set_index(["kind", "from_id"])["into_id"]
    assert merges["place", young] == old
    cases = before.cases.set_index("subject")["case_id"]
    assert merges["case", cases[young]] == cases[old]
    again = link(*tables, SETTINGS, after(remembering, links))
    same(again, links)
    assert again.merges.empty


@pytest.mark.parametrize("memory", [True, False])
def test_whom_a_corrected_record_named_keeps_his_id(remembering: Remembering, memory: bool) -> None:
    """The first record of a company, a person, a home: the others keep the id, and the case."""
    known = [report for day in (8, 14, 20) for report in firsts(day)]
    corrected = [
        ("O8", "2024-12-08 09:00", None, {"organisation": OTHER}),
        ("P8", "2024-12-08 10:00", None, YUCHI),
        ("A8", "2024-12-08 12:00", BOTH, {}),
    ]
    more = ("O22", "2024-12-22 09:00", None, {"organisation": OTHER})

    def night(
        reports: list[tuple[str, str, str | None, dict[str, str]]], previous: Previous
    ) -> Links:
        made = made_up(remembering, *reports)
        made = beside(remembering, made) if memory else made
        return link(*made, SETTINGS, previous if memory else replace(previous, memory={}))

    before = night(known, remembering.previous())
    rest = [report for report in known if report[0] not in {"O8", "P8", "A8"}]
    changed = pd.DataFrame(
        {"channel": "12345", "record_id": ["O8", "P8", "A8", "O22"]}, dtype="str"
    )
    previous = replace(after(remembering, before), changed=changed)
    links = night([*corrected, *rest, more], previous)
    who, where = (
        [own.set_index(["channel", "record_id"])[column] for own in frames]
        for column, frames in (
            ("entity_id", (before.party_links, links.party_links)),
            ("place_id", (before.place_links, links.place_links)),
        )
    )
    for (was, now), letter in ((who, "O"), (who, "P"), (where, "A")):
        assert now["12345", f"{letter}14"] == was["12345", f"{letter}14"]
        assert now["12345", f"{letter}20"] == was["12345", f"{letter}20"]
        assert now["12345", f"{letter}8"] != was["12345", f"{letter}8"]
    assert who[1]["12345", "O8"] == who[1]["12345", "O22"]
    assert where[1]["12345", "A8"] == where[0]["12345", "B8"]
    assert not links.merges["kind"].isin(["person", "organisation", "place"]).any()


@pytest.mark.parametrize("memory", [True, False])
def test_a_matter_whose_event_is_anothers_is_merged_and_comes_back(
    remembering: Remembering, memory: bool
) -> None:
    """Two reports of one event, the second corrected to say so, and the correction taken back."""

    def night(second: dict[str, str], address: str, previous: Previous) -> Links:
        reports = [("M1", "2024-12-14 10:00", HOME, MURONG),
                   ("M2", "2024-12-14 11:00", address, second)]  # fmt: skip
        made = made_up(remembering, *reports)
        made = beside(remembering, made) if memory else made
        changed = pd.DataFrame({"channel": ["12345"], "record_id": ["M2"]}, dtype="str")
        return link(*made, SETTINGS, replace(previous, changed=changed))

    def matters(links: Links) -> list[str]:
        found = links.incident_links.merge(links.case_incidents, on="incident_id")
        found = found[found["is_primary"].astype(bool)].set_index("record_id")["case_id"]
        return found[["M1", "M2"]].tolist()

    def then(links: Links) -> Previous:
        return after(remembering, links) if memory else previous_of(links)

    apart = night(YUCHI, VILLAGE, remembering.previous(memory=memory))
    own, other = matters(apart)
    one = night(MURONG, HOME, then(apart))
    assert matters(one) == [own, own]
    merged = one.merges[one.merges["kind"] == "case"]
    assert (other, own) in list(zip(merged["from_id"], merged["into_id"], strict=True))
    again = night(YUCHI, VILLAGE, then(one))
    assert matters(again) == [own, other]
    assert not (again.merges["kind"] == "case").any()


def test_other_settings_link_everything(remembering: Remembering) -> None:
    """A memory made under other thresholds is not used."""
    own = SETTINGS.matching.model_copy(update={"link_threshold": 0.9})
    other = replace(load_settings(), matching=own)
    records = remembering.records
    assert (
        link_changes(records, remembering.parties, other, remembering.previous(), "0" * 16) is None
    )
    links = link(records, remembering.parties, other, remembering.previous(), remember=True)
    assert "records linked anew" not in links.report
    assert links.memory


def test_a_memory_holds_no_number(remembering: Remembering) -> None:
    """Neither an ID number nor a phone of anybody stands in it."""
    first = remembering.of(remembering.records.iloc[: remembering.known])
    numbers = {
        text
        for column in ("id_number", "phone")
        for value in first[column].dropna()
        for text in re.findall(r"\d{11,18}", value)
    }
    memory = Memory(remembering.links.memory)
    assert len(numbers) > 500
    for name, frame in memory.frames.items():
        if name == "mentions":  # texts of people as the narrative has them, as in the store
            continue
        for column in frame.columns:
            if frame[column].dtype == "str" and column not in {"record_id", "organisation"}:
                assert not frame[column].dropna().isin(numbers).any(), (name, column)


@pytest.mark.parametrize(("times", "more"), [(40, 2), (SETTINGS.matching.block_cap + 10, 8)])
def test_who_called_most_of_all_is_known_when_he_calls_again(
    remembering: Remembering, times: int, more: int
) -> None:
    """Whether his calls before the rebuild fit into a block or not."""
    calls = [
        (f"M{k:03}", str(pd.Timestamp("2023-01-01") + pd.Timedelta(hours=72 * k)), HOME, MURONG)
        for k in range(times + more)
    ]
    before, everything = (made_up(remembering, *calls[:last]) for last in (times, times + more))
    rebuilt = link(*before, SETTINGS, remember=True)
    assert rebuilt.party_links["entity_id"].nunique() == 1
    night = link(*everything, SETTINGS, previous_of(rebuilt))
    assert night.patches, "it went on from the memory"
    assert set(night.party_links["entity_id"]) == set(rebuilt.party_links["entity_id"])


@pytest.mark.parametrize(
    ("gone", "parted", "together"),
    [(6, None, [19]), (0, (22, 24), [24, 1])],
    ids=["withdrawn", "told apart"],
)
def test_who_called_very_often_stays_one_when_some_of_his_calls_count_no_more(
    remembering: Remembering, monkeypatch: pytest.MonkeyPatch,
    gone: int, parted: tuple[int, int] | None, together: list[int],
) -> None:  # fmt: skip
    """What is left of him is one person, as after a rebuild."""
    monkeypatch.setattr("warning.matching.remembering.relinking.MOST_CHANGED", 1.0)
    calls = [
        (f"M{k:03}", str(pd.Timestamp("2023-01-01") + pd.Timedelta(hours=72 * k)), HOME, MURONG)
        for k in range(25)
    ]
    rebuilt = link(*made_up(remembering, *calls), SETTINGS, remember=True)
    verdicts = NO_VERDICTS
    if parted is not None:
        left, right = (f"12345|M{k:03}|1" for k in parted)
        told = {"kind": "person", "left": left, "right": right, "verdict": "different",
                "user": "李", "at": "2025-01-01"}  # fmt: skip
        verdicts = pd.concat([verdicts, pd.DataFrame([told])])
    rest = made_up(remembering, *calls[gone:])
    before = previous_of(rebuilt, verdicts)
    night = link(*rest, SETTINGS, before)
    everything = link(*rest, SETTINGS, replace(before, memory={}))
    assert night.patches, "it went on from the memory"
    assert everything.party_links["entity_id"].value_counts().tolist() == together
    pd.testing.assert_frame_equal(
        night.party_links[[*PARTY, "entity_id"]], everything.party_links[[*PARTY, "entity_id"]]
    )
