"""Laws of linking: order, repetition, later records, identities, keys of the caller."""

from typing import Any

import pandas as pd
import pytest
from made_up_reports import (
    LI,
    LI_SON,
    ZHANG,
    assert_equal,
    before,
    both,
    city,
    frames,
    frames_of,
    incident,
    kinds,
    linked,
    matter,
    report,
)  # fmt: skip

import warning
from warning.errors import DataError
from warning.matching.links import Links
from warning.settings import Settings


def test_the_order_of_rows_is_irrelevant(settings: Settings, city_links: Links) -> None:
    """Reports in reverse give the same frames, row by row."""
    assert_equal(city_links, linked(settings, *reversed(city())))


def test_linking_again_with_what_was_known_changes_nothing(
    settings: Settings, city_links: Links
) -> None:
    """The same records after a night keep every id and merge nothing."""
    again = linked(settings, *city(), previous=before(city_links))
    assert_equal(city_links, again)
    assert again.merges.empty


def test_a_later_report_leaves_earlier_ids_as_they_were(
    settings: Settings, city_links: Links
) -> None:
    """A report of another quarrel months later changes no earlier link."""
    first = city_links
    later = report("z9", "2024-09-01 10:00:00", *both(LI_SON, ZHANG), narrative="车位被占")
    after = linked(settings, *city(), later, previous=before(first))
    key = ["channel", "record_id", "party_no"]
    for name, keys in (("party_links", key), ("incident_links", key[:2])):
        column = "entity_id" if name == "party_links" else "incident_id"
        merged = frames_of(first)[name].merge(frames_of(after)[name], on=keys, how="left")
        assert merged[f"{column}_x"].tolist() == merged[f"{column}_y"].tolist()
    for number in ("a1", "a3", "b1", "c1"):
        assert matter(first, number) == matter(after, number)


def test_every_party_and_record_has_its_id_and_one_primary_case(city_links: Links) -> None:
    """Nobody is left out: a singleton has its own id; each incident has one primary case."""
    records, parties = frames(*city())
    links = city_links
    assert len(links.party_links) == len(parties)
    assert len(links.incident_links) == len(records)
    assert links.party_links["entity_id"].notna().all()
    primary = links.case_incidents[links.case_incidents["is_primary"]]
    assert sorted(primary["incident_id"]) == sorted(links.incidents["incident_id"])
    assert set(links.case_incidents["case_id"]) == set(links.cases["case_id"])
    for frame in (links.party_links, links.incident_links, links.case_incidents):
        assert frame["probability"].between(0, 1).all()


def test_father_and_son_are_two_matters(settings: Settings) -> None:
    """The same complainant against a father and against his son: two matters."""
    links = linked(
        settings,
        report("1", "2024-03-01 10:00:00", *both(ZHANG, LI)),
        report("2", "2024-04-01 10:00:00", *both(ZHANG, LI_SON), narrative="张建国与李大勇争吵"),
    )
    assert matter(links, "1") != matter(links, "2")


def test_opposite_sides_of_one_report_are_two_people(settings: Settings) -> None:
    """Two parties who face each other never become one, even with one phone."""
    shared = {"phone": "13800000009"}
    left, right = {"name": "张建国", **shared}, {"name": "张建国", **shared}
    claim, answer = {"role": "申请人", **left}, {"role": "被申请人", **right}
    links = linked(settings, report("1", "2024-03-01 10:00:00", claim, answer))
    assert links.party_links["entity_id"].nunique() == 2


def test_who_only_reports_has_no_person_case(settings: Settings) -> None:
    """Complaining is not a risk: many reports about others make no person case."""
    moments = pd.date_range("2024-01-01 09:00", periods=5, freq="30D")
    reports = [
        report(f"r{k}", str(at), {"role": "报警人", **ZHANG}, narrative=None,
               address=f"临泽县新华镇大寨村{k + 1}社{k + 20}号")
        for k, at in enumerate(moments)
    ]  # fmt: skip
    assert "person" not in kinds(linked(settings, *reports))


def test_a_handler_makes_no_case_and_joins_no_incidents(settings: Settings) -> None:
    """The officer in two quarrels is neither their person nor what makes them one."""
    officer = {"role": "处警民警", "name": "王警官", "phone": "13800000008"}
    links = linked(
        settings,
        report("1", "2024-03-01 10:00:00", *both(), officer),
        report("2", "2024-03-01 11:00:00", officer, category="劳动人事", narrative="拖欠工资",
               address="临泽县沙河镇锦绣花园3号楼2单元501室", town="沙河镇", village=None),
    )  # fmt: skip
    assert incident(links, "1") != incident(links, "2")
    assert "person" not in kinds(links)


def test_a_hub_has_no_place_case(settings: Settings) -> None:
    """Quarrels of strangers at the city hospital are not one place's series."""
    at = {"address": "张掖市人民医院", "town": None, "village": None, "county_code": "620702"}
    links = linked(
        settings,
        report("1", "2024-03-01 10:00:00", category="医疗", narrative="对手术不满", **at),
        report("2", "2024-05-01 10:00:00", category="交通", narrative="停车被刮", **at),
    )
    assert "place" not in kinds(links)


def test_a_house_with_two_events_has_a_place_case(city_links: Links) -> None:
    """Two events at one house make a case of the place beside the matters."""
    cases = city_links.cases
    places = cases[cases["kind"] == "place"]
    assert places["incident_count"].tolist() == [2]


def test_an_analyst_decides(settings: Settings) -> None:
    """A verdict of different parts two reports, for good; same joins them."""
    reports = [report("1", "2024-03-01 20:00:00", *both()),
               report("2", "2024-03-01 20:20:00", *both(), channel="12345")]  # fmt: skip
    first = linked(settings, *reports)
    assert incident(first, "1") == incident(first, "2")
    verdict = {"kind": "incident", "left": "110|1", "right": "12345|2", "verdict": "different",
               "user": "analyst", "at": pd.Timestamp("2024-03-02")}  # fmt: skip
    after = linked(settings, *reports, previous=before(first, [verdict]))
    assert incident(after, "1") != incident(after, "2")
    assert incident(after, "1") == incident(first, "1")
    joined = {**verdict, "verdict": "same", "at": pd.Timestamp("2024-03-03")}
    third = linked(settings, *reports, previous=before(after, [verdict, joined]))
    assert incident(third, "1") == incident(third, "2") == incident(first, "1")
    assert "incident" in set(third.merges["kind"])


def test_an_analyst_joins_what_was_told_late(settings: Settings) -> None:
    """Reports beyond the window that he calls one event are one, with those around either."""
    reports = [report("1", "2024-03-01 08:00:00", *both()),
               report("2", "2024-03-04 20:00:00", *both(), channel="12345"),
               report("3", "2024-03-04 20:20:00", *both()),
               report("4", "2024-03-14 20:00:00", *both())]  # fmt: skip
    first = linked(settings, *reports)
    assert incident(first, "2") == incident(first, "3") != incident(first, "1")
    verdict = {"kind": "incident", "left": "110|1", "right": "12345|2", "verdict": "same",
               "user": "analyst", "at": pd.Timestamp("2024-03-15")}  # fmt: skip
    after = linked(settings, *reports, previous=before(first, [verdict]))
    assert incident(after, "1") == incident(after, "2") == incident(after, "3")
    assert incident(after, "4") == incident(first, "4") != incident(after, "1")


def test_nothing_in_nothing_out(settings: Settings) -> None:
    """No record gives empty frames with all their columns."""
    records, parties = frames(*city())
    links = warning.link(records.iloc[:0], parties.iloc[:0], settings)
    assert len(links.incident_links) == len(links.cases) == 0
    assert "incident_id" in links.incident_links


WRITTEN = {
    "whole": lambda ids: ids.astype("int64"),
    "objects": lambda ids: ids.astype("int64").astype("object"),
    "categories": lambda ids: ids.astype("int64").astype("category"),
    "halves": lambda ids: ids.astype("float64") / 2,
    "arrow": lambda ids: ids.astype("int64[pyarrow]"),
    "truth": lambda ids: ids == "1",
    "blanks": lambda ids: ids + " ",
    "bytes": lambda ids: ids.astype("object").map(str.encode),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_keys_come_back_as_they_were_given(settings: Settings, written: Any) -> None:
    """Integer keys stay integers, so that the result merges with the caller's frames."""
    records, parties = frames(*[report(str(k), f"2024-03-0{k} 10:00:00", *both()) for k in (1, 2)])
    records["narrative"] = "与邻居王五发生争吵"
    records["record_id"] = written(records["record_id"])
    parties["record_id"] = written(parties["record_id"])
    parties["party_no"] = parties["party_no"].astype("int64").astype("object")
    links = warning.link(records, parties, settings)
    key = ["channel", "record_id", "party_no"]
    assert len(parties.merge(links.party_links, on=key)) == len(parties)
    for found in (links.incident_links, links.place_links, links.mentions):
        assert len(found)
        assert found["record_id"].dtype == records["record_id"].dtype
        assert len(records.merge(found, on=key[:2])) == len(found)


def test_links_of_parties_merge_with_parties(settings: Settings) -> None:
    """Where these write a key otherwise than the records; a channel they lack is the records'."""
    records, parties = frames(*[report(str(k), f"2024-03-0{k} 10:00:00", *both()) for k in (1, 2)])
    records["record_id"] = records["record_id"].astype("int64")
    key = ["channel", "record_id", "party_no"]
    links = warning.link(records, parties, settings)
    assert len(parties.merge(links.party_links, on=key)) == len(parties)
    assert len(records.merge(links.incident_links, on=key[:2])) == len(records)
    links = warning.link(records, parties.drop(columns="channel"), settings)
    assert len(parties.merge(links.party_links, on=key)) == len(parties)
    channel = parties["channel"].where(parties["record_id"] == "1")
    links = warning.link(records, parties.assign(channel=channel), settings)
    assert len(parties.merge(links.party_links, on=key)) == len(parties)


def test_frames_that_forbid_equal_labels_are_linked(settings: Settings) -> None:
    """What two parties of one record have for a key is no label of the caller's."""
    records = pd.DataFrame({"record_id": ["A0"], "channel": "110", "reported_at": "2024-03-01"})
    parties = pd.DataFrame({"record_id": ["A0", "A0"], "party_no": ["1", "2"], "name": "张三"})
    strict = [one.set_flags(allows_duplicate_labels=False) for one in (records, parties)]
    assert_equal(warning.link(*strict, settings), warning.link(records, parties, settings))


def test_a_cell_that_names_several_is_linked_by_its_own_key(settings: Settings) -> None:
    """Each row of the caller's parties is one party of its record, and stands once."""
    records = pd.DataFrame(
        {"record_id": ["A0", "A1"], "channel": "110", "reported_at": "2024-03-01"}
    )
    parties = pd.DataFrame(
        {"record_id": ["A0", "A1"], "party_no": [1, 1], "name": ["王小明、李小红", "赵一帆"]}
    )
    found = warning.link(records, parties, settings)
    assert found.party_links[["record_id", "party_no"]].equals(parties[["record_id", "party_no"]])
    assert not any("name several" in note for note in found.notes)


@pytest.mark.parametrize(
    ("ids", "where", "words"),
    [
        ([7, "7"], ["records:1", "records:2"], "another row writes otherwise"),
        ([True, 1], ["records:1", "records:2"], "equal value of another key"),
        ([7, ["7"]], ["records:2:record_id"], "a key of type list"),
    ],
)
def test_keys_that_could_not_be_merged_are_refused(
    settings: Settings, ids: list[Any], where: list[str], words: str
) -> None:
    """With their rows: nothing is lost or doubled without a word."""
    records = pd.DataFrame(
        {"record_id": pd.Series(ids, dtype="object"), "channel": "110", "reported_at": "2024-03-01"}
    )
    with pytest.raises(DataError, match=words) as refused:
        warning.link(records, None, settings)
    assert [one.where for one in refused.value.problems] == where


@pytest.mark.parametrize("turned", [False, True])
def test_a_version_tells_more_of_the_same_event(settings: Settings, turned: bool) -> None:
    """The source sends a report again weeks later, settled: one event, of the day of the first."""
    quarrels = [report(str(k), f"2024-03-{k * 7:02} 10:00:00", *both()) for k in (1, 2, 3)]
    records, parties = frames(*quarrels)
    again = records.iloc[:1].assign(
        reported_at=pd.Timestamp("2024-04-20 10:00:00"), outcome="达成协议"
    )
    told = [again, records] if turned else [records, again]
    found, plain = (warning.link(one, parties, settings) for one in (pd.concat(told), records))
    assert_equal(found, plain)
    assert found.cases["last_at"].max() == pd.Timestamp("2024-03-21 10:00:00")


def test_a_table_without_a_required_column_is_refused(settings: Settings) -> None:
    """A missing required column is the caller's fault and is named."""
    records, parties = frames(*city())
    with pytest.raises(DataError, match="reported_at"):
        warning.link(records.drop(columns="reported_at"), parties, settings)


def test_the_case_of_a_person_who_is_another_follows(settings: Settings) -> None:
    """Where an analyst says that two respondents are one, the younger one's case is merged."""
    there = {"address": "民乐县三堡镇库陀村三社8号", "county_code": "620722", "town": "三堡镇",
             "village": "库陀村", "category": "债务", "narrative": "借款不还"}  # fmt: skip
    other = {"name": "李秀兰", "phone": "13800000077"}
    claimant = {"name": "王海龙", "phone": "13800000066"}
    reports = [
        report("1", "2024-03-01 10:00:00", *both()),
        report("2", "2024-04-01 10:00:00", *both()),
        report("3", "2024-05-01 10:00:00", *both(claimant, other), **there),
        report("4", "2024-06-01 10:00:00", *both(claimant, other), **there),
    ]
    first = linked(settings, *reports)
    respondents = first.party_links[first.party_links["party_no"] == "2"]
    cases = first.cases[first.cases["subject"].isin(respondents["entity_id"])]
    assert cases["kind"].tolist() == ["person", "person"]
    verdict = {"kind": "person", "left": "110|1|2", "right": "110|3|2", "verdict": "same",
               "user": "a", "at": pd.Timestamp("2024-07-01")}  # fmt: skip
    second = linked(settings, *reports, previous=before(first, [verdict]))
    moved = second.merges[second.merges["kind"] == "case"]
    kept = second.cases[second.cases["kind"] == "person"]["case_id"]
    old = cases.sort_values("first_at")["case_id"].tolist()
    assert (old[1], old[0]) in list(zip(moved["from_id"], moved["into_id"], strict=True))
    assert old[0] in set(kept)
    assert old[1] not in set(kept)
