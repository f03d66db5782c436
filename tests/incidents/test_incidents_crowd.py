"""What very many people report: more calls about one event than a block may hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_reports import (
    LI_SON,
    Report,
    before,
    both,
    incident,
    linked,
    linked_and_remembered,
    report,
)

from warning.matching.incident_people import BOTH_SIDES, CALLERS, NOBODY, SOMEBODY, whom_named
from warning.matching.incidents import parts_joined
from warning.matching.links import Links
from warning.settings import Settings
from warning.settings.matching_incidents import LEVELS, IncidentEvidence

WORDS = ("六社39号发生爆炸", "一声巨响，房子着火了", "隔壁炸了，有人受伤", "煤气爆炸，请快来")


@pytest.fixture
def few(settings: Settings) -> Settings:
    """Blocks of more than 20 are not compared whole."""
    return replace(settings, matching=settings.matching.model_copy(update={"block_cap": 20}))


def calls(event: str, count: int, start: str) -> list[Report]:
    """So many nameless callers about one event, each with another phone, one a minute."""
    moments = pd.Timestamp(start) + pd.to_timedelta(range(count), unit="min")
    return [
        report(f"{event}{number:04d}", str(at), {"role": "报警人", "phone": f"1390{number:07d}"},
               narrative=WORDS[number % len(WORDS)])
        for number, at in enumerate(moments)
    ]  # fmt: skip


def events(links: Links) -> list[int]:
    """How many reports each incident has, most first."""
    return sorted(links.incidents["record_count"], reverse=True)


def test_an_event_that_260_people_report_is_one(settings: Settings) -> None:
    """More reports than the packaged cap holds are one incident, with nothing lost."""
    links = linked(settings, *calls("a", 260, "2024-03-01 10:00:00"))
    assert events(links) == [260]
    assert not any("incidents" in name and count for name, count in links.report.items())


def test_two_events_at_one_place_stay_two(few: Settings) -> None:
    """Thirty hours apart, in one block of the place: each is one."""
    reports = [*calls("a", 70, "2024-03-01 10:00:00"), *calls("b", 60, "2024-03-02 16:00:00")]
    assert events(linked(few, *reports)) == [70, 60]


def test_a_verdict_parts_one_report_of_a_crowd(few: Settings) -> None:
    """What an analyst parted stays apart, however the block was cut; the others join either."""
    reports = calls("a", 90, "2024-03-01 10:00:00")
    first = linked(few, *reports)
    verdict = {"kind": "incident", "left": "110|a0003", "right": "110|a0080",
               "verdict": "different", "user": "甲", "at": "2024-03-03"}  # fmt: skip
    after = linked(few, *reports, previous=before(first, [verdict]))
    assert incident(after, "a0003") != incident(after, "a0080")
    assert len(events(after)) == 2


def test_what_one_verdict_parts_no_other_joins_across_the_cut(few: Settings) -> None:
    """Two verdicts on two clusters of one block say the opposite: they stay apart."""
    pairs = pd.DataFrame({"left": [0, 0, 1], "right": [2, 3, 3], "support": [5.0, np.inf, -np.inf]})
    label, across = np.array([0, 0, 2, 2]), np.array([0 * 4 + 2])
    assert parts_joined(label, pairs, across, few.matching).tolist() == [0, 0, 2, 2]
    joined = parts_joined(label, pairs.iloc[:2], across, few.matching)
    assert joined.tolist() == [0, 0, 0, 0]


def test_later_calls_join_the_crowd_from_memory(few: Settings) -> None:
    """A night that looks at new records alone gives what linking all of them gives."""
    days = pd.date_range("2023-06-01", periods=240).astype(str)
    quiet = [report(f"q{number}", f"{day} 10:00:00", {"role": "报警人", "phone": f"1380{number:07d}"})
             for number, day in enumerate(days)]  # fmt: skip
    crowd = calls("a", 70, "2024-03-01 10:00:00")
    first = linked_and_remembered(few, *quiet, *crowd[:60])
    previous = replace(before(first), memory=first.memory)
    night = linked(few, *quiet, *crowd, previous=previous)
    assert night.patches
    assert events(night)[:2] == events(linked(few, *quiet, *crowd))[:2] == [70, 1]
    assert incident(night, "a0069") == incident(first, "a0000")


def test_the_next_complaint_about_an_employer_moves_no_earlier_one(settings: Settings) -> None:
    """Whoever stands in many reports by now stood in fewer then: incidents of before stay."""
    workers = [
        report(f"w{number:03d}", f"2024-03-{1 + number // 4:02d} {8 + 4 * (number % 4)}:00:00",
               {"role": "诉求人", "name": f"{'赵钱孙李周吴郑王'[number % 8]}{'建海文志'[number % 4]}"
                f"{'国军明强华平'[number % 6]}", "phone": f"1370{number:07d}"},
               {"role": "被诉求人", "organisation": "宏达建筑有限公司"}, channel="12345",
               category="劳动人事", address=None, village=None)
        for number in range(60)
    ]  # fmt: skip
    then, now = linked(settings, *workers[:30]), linked(settings, *workers)
    key = ["channel", "record_id"]
    both = then.incident_links.merge(now.incident_links, on=key, suffixes=("_then", "_now"))
    assert both.groupby("incident_id_then")["incident_id_now"].nunique().max() == 1
    assert both.groupby("incident_id_now")["incident_id_then"].nunique().max() == 1


def test_strangers_who_fill_in_one_form_stay_apart(settings: Settings) -> None:
    """Two full pairs of people at one dormitory, hours apart, in a clerk's same words."""
    first, second = both(), ({"role": "当事人", **LI_SON}, {"role": "对方当事人", "name": "周海燕",
                             "id_number": "000702198001010023", "phone": "13800000009"})  # fmt: skip
    words = "因琐事发生口角，民警到场调解"
    links = linked(
        settings,
        report("1", "2024-03-01 10:00:00", *first, narrative=words),
        report("2", "2024-03-01 15:30:00", *second, narrative=words),
    )
    assert incident(links, "1") != incident(links, "2")


def test_claims_of_several_against_one_organisation_stay_apart(settings: Settings) -> None:
    """Workers who go to court one after another, each with his name, in a clerk's same words."""
    names = ("仲伟", "郎静", "柴敏", "安平", "盛强", "简丽")
    claims = [
        report(f"s{number}", f"2024-03-01 {9 + number:02d}:00:00",
               {"role": "申请人", "name": name, "phone": f"1370{number:07d}"},
               {"role": "被申请人", "organisation": "宏达建筑有限公司"}, channel="诉调",
               category="劳动人事", narrative=f"{name}诉宏达建筑有限公司拖欠工资")
        for number, name in enumerate(names)
    ]  # fmt: skip
    assert events(linked(settings, *claims)) == [1] * len(claims)


#: What callers say of their employers, each in words of his own.
COMPLAINTS = (
    "老板三个月没发钱了", "工地的工资被包工头卷走", "单位拒绝缴纳社保", "押金离职后不退",
    "在厂里摔伤无人管", "被无故辞退要求赔偿", "加班费从来没有给过", "合同到期不续也不补偿",
    "年终奖说好的没兑现", "试用期被克扣一半",
)  # fmt: skip


def test_strangers_of_one_town_who_call_about_one_thing_stay_apart(settings: Settings) -> None:
    """Callers within hours, each by name, at no place that is told."""
    callers = [
        report(f"s{number:02d}", f"2024-03-01 {8 + number // 3:02d}:{number % 3 * 20:02d}:00",
               {"role": "报警人", "name": f"{'赵钱孙李周'[number % 5]}{'建海'[number // 5]}国",
                "phone": f"1371{number:07d}"}, category="劳动人事", address=None, village=None,
               narrative=words)
        for number, words in enumerate(COMPLAINTS)
    ]  # fmt: skip
    assert events(linked(settings, *callers)) == [1] * len(callers)


def test_whoever_stands_twice_in_a_report_is_no_other_side() -> None:
    """One person in two rows, or as caller and party, leaves the other side unnamed."""
    rows = [(0, 5, "party"), (0, 5, "party"), (1, 5, "reporter"), (1, 5, "party"),
            (2, 5, "party"), (2, 6, "party"), (3, 5, "reporter"), (4, 5, "claimant"),
            (4, 6, "respondent")]  # fmt: skip
    entities = pd.DataFrame(rows, columns=["row", "entity", "role_code"])
    named = whom_named(6, entities).tolist()
    assert named == [SOMEBODY, SOMEBODY, BOTH_SIDES, CALLERS, BOTH_SIDES, NOBODY]


def test_a_file_of_before_keeps_what_it_says_of_people() -> None:
    """Levels that it could not name are worth what it says of the coarser one."""
    before = {"two or more": 4, "one": 3.9, "one of many records": -2.3, "none": -5.7, "unnamed": 0}
    people = IncidentEvidence.model_validate({"levels": {"people": before}}).levels["people"]
    assert set(people) == set(LEVELS["people"])
    assert people["others on both sides"] == people["only callers"] == -5.7
    assert (people["one, others opposite"], people["an organisation, others opposite"]) == (
        3.9,
        -2.3,
    )
