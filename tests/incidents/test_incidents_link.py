"""Which reports are one event, which events are one matter."""

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from made_up_reports import (
    LI_SON,
    QUARREL,
    ZHANG,
    Report,
    before,
    both,
    frames,
    incident,
    linked,
    linked_and_remembered,
    matter,
    report,
)

from warning.matching.evidence import evidence
from warning.matching.links import Links
from warning.matching.named_records import NAMING, NOT_KNOWN, ONE_OF_SEVERAL, with_named
from warning.nightly import build_history
from warning.reading import from_frames
from warning.records import RECORD
from warning.settings import Settings, load_settings


def test_duplicates_across_channels_are_not_repeats(settings: Settings) -> None:
    """One event that reaches three channels within hours is one incident."""
    links = linked(
        settings,
        report("1", "2024-03-01 20:00:00", *both()),
        report("2", "2024-03-01 20:40:00", *both(), channel="12345"),
        report("3", "2024-03-02 09:00:00", *both(), channel="网格"),
    )
    assert len(links.incidents) == 1
    assert links.incidents["record_count"].tolist() == [3]
    assert links.cases["incident_count"].tolist() == [1]


def test_an_event_is_about_what_the_first_report_that_knows_says(settings: Settings) -> None:
    """其他 gives way to what another report says, in the event and the matter, from memory as well."""
    days = pd.date_range("2023-06-01", periods=240).astype(str)
    quiet = [report(f"q{number}", f"{day} 10:00:00", {"role": "报警人", "phone": f"1380{number:07d}"})
             for number, day in enumerate(days)]  # fmt: skip
    first = [
        report("1", "2024-03-01 20:00:00", *both(), category="其他"),
        report("4", "2024-03-12 20:00:00", *both(), category="其他"),
        report("5", "2024-03-20 20:00:00", *both(), category="其他"),
    ]
    later = [
        report("2", "2024-03-01 20:40:00", *both(), channel="12345", category="欠薪"),
        report("3", "2024-03-02 09:00:00", *both(), channel="网格", category="合同"),
    ]

    def about(links: Links) -> tuple[str, str]:
        events = links.incidents.set_index("incident_id")["category"]
        matters = links.cases.set_index("case_id")["category"]
        return str(events[incident(links, "1")]), str(matters[matter(links, "1")])

    then = linked_and_remembered(settings, *quiet, *first)
    assert about(then) == ("99", "99")
    night = linked(
        settings, *quiet, *first, *later, previous=replace(before(then), memory=then.memory)
    )
    assert night.patches
    assert incident(night, "1") == incident(night, "2") == incident(night, "3")
    assert matter(night, "1") == matter(night, "5")
    assert about(night) == about(linked(settings, *quiet, *first, *later)) == ("07", "07")


def test_strangers_who_quarrel_with_an_unnamed_other_side_are_not_one_event(
    settings: Settings,
) -> None:
    """What 对方 does in two reports of one village makes nobody whom both would name."""
    texts = {"1": "与对方发生争执，要求处理。", "2": "因田埂与对方发生争执，请出警。"}
    people: dict[str, dict[str, str]] = {
        "1": {"name": "李秀兰", "phone": "13800000002"},
        "2": {"name": "马志强", "phone": "13800000009"},
    }
    links = linked(
        settings,
        *(report(k, f"2024-03-0{k} 10:00:00", {"role": "报警人", **people[k]},
                 narrative=texts[k], address="甘肃省临泽县新华镇大寨村") for k in texts),
    )  # fmt: skip
    assert links.mentions.empty
    assert incident(links, "1") != incident(links, "2")
    assert matter(links, "1") != matter(links, "2")


def test_the_same_quarrel_weeks_later_is_a_repeat(city_links: Links) -> None:
    """Two events of the same two parties are two incidents of one matter."""
    links = city_links
    assert incident(links, "a1") == incident(links, "a2") != incident(links, "a3")
    assert matter(links, "a1") == matter(links, "a3")
    case = links.cases.set_index("case_id").loc[matter(links, "a1")]
    assert case["incident_count"] == 2
    assert case["kind"] == "matter"
    assert case["first_at"] == pd.Timestamp("2024-03-01 20:00:00")
    assert case["last_at"] == pd.Timestamp("2024-03-15 09:00:00")


def test_a_quarrel_that_flares_up_again_the_same_day_is_two(settings: Settings) -> None:
    """A later text that says 又 or 再次 tells of another event."""
    links = linked(
        settings,
        report("1", "2024-03-01 10:00:00", *both()),
        report("2", "2024-03-01 23:30:00", *both(), narrative="双方再次动手，又打起来，已报警"),
    )
    assert incident(links, "1") != incident(links, "2")
    assert matter(links, "1") == matter(links, "2")


def test_the_source_decides_duplicates_and_only_supports_relations(settings: Settings) -> None:
    """duplicate_of makes one event of two reports; related_to alone does not."""
    other = {"narrative": "有人打电话", "address": None, "town": None, "village": None}
    links = linked(
        settings,
        report("1", "2024-03-01 10:00:00", **other),
        report("2", "2024-03-01 18:00:00", duplicate_of="1", **other),
        report("3", "2024-03-12 10:00:00", related_to="1", **other),
    )
    assert incident(links, "1") == incident(links, "2") != incident(links, "3")


#: A record of 警调 names this: which of 警调|1, 警调|9, 110|3, 110|4, 12345|4, 110|1, 110|5 is it?
NAMED = {
    "1": "警调|1",  # its own channel's, whatever others have
    "110|1": "110|1",
    "3": "110|3",  # the only one of that number
    "4": None,  # of two channels
    "12345|4": "12345|4",
    "9": "警调|9",  # itself
    "5": None,  # told two months before: one number of two by chance
    "110|5": "110|5",
    "7": None,
    "110|7": None,
    "网格|3": None,
}


@pytest.mark.parametrize("column", NAMING)
def test_a_number_names_a_record_of_the_own_channel_else_a_key_else_the_only_one(
    column: str,
) -> None:
    """What it cannot tell is no evidence, and counted."""
    known = pd.DataFrame(
        [["警调", "1"], ["警调", "9"], ["110", "3"], ["110", "4"], ["12345", "4"], ["110", "1"],
         ["110", "5"]],
        columns=RECORD, dtype="str",
    ).assign(reported_at=pd.Timestamp("2024-03-01"))  # fmt: skip
    known.loc[known["record_id"] == "5", "reported_at"] = pd.Timestamp("2024-01-09")
    naming = pd.DataFrame(
        {"channel": "警调", "record_id": "9", column: [*NAMED, None]}, dtype="str"
    )
    naming = naming.reindex(columns=[*RECORD, *NAMING]).astype("str")
    found = with_named(naming.assign(reported_at=pd.Timestamp("2024-03-10")), known)
    assert found.records[column].astype(object).where(found.records[column].notna(), None).tolist() == [
        *NAMED.values(), None
    ]  # fmt: skip
    assert found.report == {NOT_KNOWN: 4, ONE_OF_SEVERAL: 1}


#: Reports that have nothing in common but what the source says.
BARE = {"narrative": "有人打电话", "address": None, "town": None, "village": None}
HANDED_OVER = report("J1", "2024-03-20 10:00:00", channel="警调", duplicate_of="A3", **BARE)
CALL = report("A3", "2024-03-10 19:00:00", **BARE)
TICKET = report("A3", "2024-03-02 19:00:00", channel="12345", **BARE)


def test_a_source_may_name_a_record_of_another_channel(settings: Settings) -> None:
    """A hand-over that its source calls a duplicate is no recurrence; the explanation says why."""
    links = linked(settings, CALL, HANDED_OVER)
    assert len(links.incidents) == 1
    tables = from_frames(*frames(CALL, HANDED_OVER), settings.channels)
    parties = tables.parties.drop(columns="row")
    found = evidence("incident", tables.records, parties, before(links), settings)
    assert found.pairs["source"].tolist() == [
        settings.matching.incident.levels["source"]["duplicate"]
    ]
    for place, text in (("explicit", "12345|A3"), ("the other", "110|A3")):
        record, _ = HANDED_OVER
        naming = ({**record, "duplicate_of": text}, [])
        links = linked(settings, CALL, TICKET, naming)
        frame = links.incident_links.set_index(RECORD)["incident_id"]
        channel = text.split("|")[0]
        assert frame["警调", "J1"] == frame[channel, "A3"], place
        assert links.incident_links["incident_id"].nunique() == 2


@pytest.mark.parametrize(
    ("first", "later", "events"),
    [
        ([HANDED_OVER], [CALL], 1),
        ([CALL, HANDED_OVER], [TICKET], 3),  # now it could be either
        ([HANDED_OVER], [CALL, TICKET], 3),
    ],
)
def test_a_night_from_memory_knows_what_is_named_as_a_rebuild_does(
    settings: Settings, first: list[Report], later: list[Report], events: int
) -> None:
    """Also where the record that is named, or another of its number, comes a night later."""
    days = pd.date_range("2023-06-01", periods=60).astype(str)
    quiet = [report(f"q{number}", f"{day} 10:00:00", **BARE) for number, day in enumerate(days)]
    then = linked_and_remembered(settings, *quiet, *first)
    own = replace(before(then), memory=then.memory)
    night = linked(settings, *quiet, *first, *later, previous=own)
    assert night.patches
    whole = linked(settings, *quiet, *first, *later)
    for links in (night, whole):
        assert len(links.incidents) == len(quiet) + events
    assert {name: night.report[name] for name in (NOT_KNOWN, ONE_OF_SEVERAL)} == {
        name: whole.report[name] for name in (NOT_KNOWN, ONE_OF_SEVERAL)
    }


def test_what_names_the_withdrawn_record_is_alone_again(settings: Settings) -> None:
    """From memory, too: and of two that were meant the one that is left is meant."""
    days = pd.date_range("2023-06-01", periods=60).astype(str)
    quiet = [report(f"q{number}", f"{day} 10:00:00", **BARE) for number, day in enumerate(days)]
    for first, left, events in (
        ([CALL, HANDED_OVER], [HANDED_OVER], 1),
        ([CALL, TICKET, HANDED_OVER], [CALL, HANDED_OVER], 1),
    ):
        then = linked_and_remembered(settings, *quiet, *first)
        own = replace(before(then), memory=then.memory)
        night = linked(settings, *quiet, *left, previous=own)
        assert night.patches
        assert len(night.incidents) == len(quiet) + events


def test_a_further_incident_takes_no_matter_apart_whoever_else_is_named(settings: Settings) -> None:
    """Two fathers, now with the child of one of them, now at the school: a memory knows it, too."""
    days = pd.date_range("2023-06-01", periods=20).astype(str)
    quiet = [report(f"q{number}", f"{day} 10:00:00", **BARE) for number, day in enumerate(days)]
    fathers = [{"role": "报警人", **ZHANG}, {"role": "对方", **LI_SON}]
    child = {"role": "当事人", "name": "张小雨", "age": "10"}
    brawls = [
        report("J1", "2026-03-12 16:00", *fathers, child, narrative="张建国与李大勇争执。"),
        report(
            "J2", "2026-03-19 17:00", *fathers, narrative="张建国与李大勇在青西街小学门口动手。"
        ),
        report("J3", "2026-04-01 17:00", *fathers, child, narrative="李大勇到张建国家，双方互殴。"),
        report("J4", "2026-04-08 17:00", *fathers, narrative="张建国与李大勇又因孩子打架。"),
    ]
    then = linked_and_remembered(settings, *quiet, *brawls[:3])
    night = linked(settings, *quiet, *brawls, previous=replace(before(then), memory=then.memory))
    assert night.patches
    for links in (then, night):
        told = links.incident_links["record_id"]
        assert len({matter(links, number) for number in told[told.str.startswith("J")]}) == 1


def test_no_hour_of_the_clock_parts_two_reports_within_the_window(settings: Settings) -> None:
    """A call and its hand-over to mediation 42 hours later are one, whenever he called."""
    calls = pd.date_range("2024-03-01 16:00:00", periods=8, freq="174h")  # a week and six hours
    reports = [
        report(f"{channel}{at:%m%d}", str(at + pd.Timedelta(hours=hours)), *both(),
               channel=channel, narrative=f"{at.month}月{at.day}日{at.hour}时许，{QUARREL}")
        for at in calls for channel, hours in (("110", 0), ("警调", 42))
    ]  # fmt: skip
    assert linked(settings, *reports).incidents["record_count"].tolist() == [2] * len(calls)


def test_no_incident_is_a_chain_longer_than_its_window(settings: Settings) -> None:
    """A report every 20 hours for ten days is not one event."""
    moments = pd.date_range("2024-03-01", periods=12, freq="20h")
    links = linked(
        settings, *(report(f"r{k:02}", str(at), *both()) for k, at in enumerate(moments))
    )
    spans = links.incident_links.assign(at=moments).groupby("incident_id")["at"]
    longest = (spans.max() - spans.min()).max()
    assert longest <= pd.Timedelta(hours=2 * settings.matching.incident.window_hours)


def test_reports_of_one_load_that_happened_weeks_apart_are_no_one_event(settings: Settings) -> None:
    """A day's difference may be a form's; beyond the window only the source makes them one."""
    told = {"1": "2024-01-05 20:00:00", "2": "2024-01-05", "3": "2024-02-20 21:00:00", "4": None,
            "5": "2024-02-23 21:00:00", "6": "2023-12-01"}  # fmt: skip
    links = linked(
        settings,
        *(
            report(number, f"2024-03-01 09:0{number}:00", *both(), occurred_at=occurred,
                   duplicate_of="5" if number == "6" else None)
            for number, occurred in told.items()
        ),
    )  # fmt: skip
    assert incident(links, "1") == incident(links, "2")
    assert incident(links, "5") == incident(links, "6")
    assert len({incident(links, number) for number in ("1", "3", "5")}) == 3
    assert {matter(links, number) for number in told} == {matter(links, "1")}


def test_a_moment_that_cannot_be_parts_no_event(settings: Settings) -> None:
    """It happened days after it was reported, or at the empty moment of a program."""
    told = {"1": "2024-05-01 08:30:00", "2": "2024-05-11 08:30:00", "3": "1970-01-01 08:00:00"}
    links = linked(
        settings,
        *(
            report(number, f"2024-05-01 09:{number}0:00", *both(), occurred_at=moment)
            for number, moment in told.items()
        ),
    )
    assert {incident(links, number) for number in told} == {incident(links, "1")}


#: Better beats worse: the first pair of reports must be the likelier one event. Extend freely.
RANKING = [
    ("sooner beats later", {"at": "20:30"}, {"at": "23:50"}),
    ("the same house beats another village", {}, {"address": "甘肃省临泽县新华镇亢寨村一社2号",
                                                  "village": "亢寨村"}),
    ("a house and its village beat two houses", {"address": "临泽县新华镇大寨村"},
     {"address": "临泽县新华镇大寨村六社12号"}),
    ("the same kind beats another", {}, {"category": "劳动人事"}),
    ("the same hour told beats another", {"narrative": "3月1日20时两家争吵"},
     {"narrative": "3月1日9时两家争吵"}),
    ("a plain text beats one that says again", {"narrative": "两家争吵"}, {"narrative": "两家又争吵"}),
    ("what the source calls a duplicate beats all", {"channel": "110", "duplicate_of": "1"}, {}),
]  # fmt: skip


Differing = tuple[tuple[str, str], ...]


@cache
def weights() -> dict[Differing, float]:
    """The weight of a pair of reports by what differs in it from the plain pair.

    Each pair stands in a year of its own, so that one link weighs them all.
    """
    settings = load_settings()
    variants = list(dict.fromkeys(tuple(own.items()) for row in RANKING for own in row[1:]))
    reports, pair_of = [], {}
    for number, differing in enumerate(variants):
        year, first, second = 2001 + number, f"{number}a", f"{number}b"
        rest = {"channel": "12345", "narrative": "3月1日20时张建国与李秀兰争吵", **dict(differing)}
        at = f"{year}-03-01 {rest.pop('at', '20:50')}:00"
        if "duplicate_of" in rest:
            rest["duplicate_of"] = first
        plain = "3月1日20时因宅基地争吵"
        reports.append(report(first, f"{year}-03-01 20:10:00", *both(), narrative=plain))
        reports.append(report(second, at, *both(), **rest))
        pair_of[differing] = {f"110|{first}", f"{rest['channel']}|{second}"}
    known = before(linked(settings, *reports))
    tables = from_frames(*frames(*reports), settings.channels)
    found = evidence(
        "incident", tables.records, tables.parties.drop(columns="row"), known, settings
    )
    key = found.rows["key"]
    told = {
        frozenset((key[left], key[right])): weight
        for left, right, weight in found.pairs[["left", "right", "weight"]].to_numpy()
    }
    return {differing: told[frozenset(pair)] for differing, pair in pair_of.items()}


@pytest.mark.parametrize(("rule", "better", "worse"), RANKING, ids=[row[0] for row in RANKING])
def test_better_beats_worse(rule: str, better: dict[str, str], worse: dict[str, str]) -> None:
    """Of two pairs of reports that differ in one thing the better has the higher weight."""
    assert weights()[tuple(better.items())] > weights()[tuple(worse.items())]


def test_a_small_child_in_a_text_is_not_whom_a_mask_means(settings: Settings) -> None:
    """王某, of whom the mother complains, is her husband; their daughter is somebody of her own."""
    mother = {"role": "报警人", "name": "陈芳", "phone": "13800020001"}
    links = linked(
        settings,
        report("A", "2024-03-01 20:00", mother, {"role": "对方当事人", "name": "马某"},
               narrative="称马某酒后扬言要杀人", category="婚姻家庭"),
        report("B", "2024-03-09 10:00", mother, category="婚姻家庭",
               narrative="因离婚发生争执，要求带走女儿马小雨（6岁）。"),
    )  # fmt: skip
    (child,) = links.mentions.loc[links.mentions["text"] == "马小雨", "entity_id"]
    assert child not in set(links.party_links["entity_id"])
    assert child not in set(links.cases["subject"])


def test_the_patient_who_died_is_not_whom_her_daughter_quarrels_with(settings: Settings) -> None:
    """The first of three reports about the hospital names her mother; they are one matter."""
    hospital = {"role": "对方", "organisation": "张掖市第二人民医院"}
    texts = ["张建国报警称其母在张掖市第二人民医院手术后死亡，与医院发生纠纷，家属在大厅拉横幅。",
             "张建国等亲属在医院大厅摆放花圈，与保安发生冲突。", "张建国再次到医院讨说法。"]  # fmt: skip
    reports = [
        report(
            f"H{day}", f"2026-01-{day} 10:00", {"role": "报警人", **ZHANG}, hospital, narrative=text
        )
        for day, text in zip(("05", "09", "23"), texts, strict=True)
    ]
    links = linked(settings, *reports)
    assert len({matter(links, number) for number in ("H05", "H09", "H23")}) == 1


def test_a_county_is_one_however_it_is_written(settings: Settings) -> None:
    """By a code of 6, 9 or 12 digits or by name; by words that are none as where nothing is filled."""

    def made(*written: str | None) -> list[Report]:
        return [report(str(month), f"2024-0{month}-01 20:00:00", *both(), county_code=county)
                for month, county in enumerate(written, 1)]  # fmt: skip

    told = made(
        "620723000000", "临泽县", "620723100", "甘肃省张掖市临泽县", " ６２０７２３", "见地址"
    )
    same = made("620723", "620723", "620723", "620723", "620723", None)
    links, plain = linked(settings, *told), linked(settings, *same)
    for name in ("party_links", "places", "incidents", "cases", "case_incidents"):
        pd.testing.assert_frame_equal(getattr(links, name), getattr(plain, name))
    assert set(links.cases["county_code"]) == {"620723"}
    tables = from_frames(*frames(*told), settings.channels)
    history = build_history(tables.records, links, settings)
    assert set(history.records["county_code"].dropna()) == {"620723"}


def test_a_county_that_only_the_address_tells_is_the_cases(settings: Settings) -> None:
    """From memory as well, and in any order; a county that a report tells goes before."""
    bare = {"county_code": None, "town": None, "village": None}
    days = pd.date_range("2023-06-01", periods=60).astype(str)
    quiet = [report(f"q{number}", f"{day} 10:00:00", {"role": "报警人", "phone": f"1380{number:07d}"})
             for number, day in enumerate(days)]  # fmt: skip
    first = [report("1", "2024-03-01 20:00:00", *both(), **bare),
             report("2", "2024-03-12 20:00:00", *both(), **bare | {"address": None}),
             report("3", "2024-03-20 20:00:00", *both(), **bare)]  # fmt: skip
    later = [report("4", "2024-03-28 20:00:00", *both(), **bare),
             report("5", "2024-03-28 20:40:00", *both(), **bare | {"county_code": "620724"})]  # fmt: skip

    def counties(links: Links) -> tuple[object, ...]:
        events = links.incidents.set_index("incident_id")["county_code"]
        matters = links.cases.set_index("case_id")["county_code"]
        told = [events[incident(links, number)] for number in "1245"]
        return (*(None if pd.isna(code) else code for code in told), matters[matter(links, "1")])

    whole = linked(settings, *quiet, *first, *later)
    assert counties(whole) == ("620723", None, "620724", "620724", "620723")
    assert counties(linked(settings, *later[::-1], *first[::-1], *quiet)) == counties(whole)
    then = linked_and_remembered(settings, *quiet, *first)
    own = replace(before(then), memory=then.memory)
    night = linked(settings, *quiet, *first, *later, previous=own)
    assert night.report["records linked anew"] == 2
    assert counties(night) == counties(whole)
