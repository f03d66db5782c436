"""What very many people report: more calls about one event than a block may hold."""

from dataclasses import replace

import pandas as pd
import pytest
from made_up_reports import Report, before, incident, linked, report

from warning.matching.links import Links
from warning.settings import Settings

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


def test_later_calls_join_the_crowd_from_memory(few: Settings) -> None:
    """A night that looks at new records alone gives what linking all of them gives."""
    reports = calls("a", 90, "2024-03-01 10:00:00")
    first = linked(few, *reports[:60])
    previous = replace(before(first), memory=first.memory)
    night, whole = linked(few, *reports, previous=previous), linked(few, *reports)
    assert events(night) == events(whole) == [90]
    assert incident(night, "a0089") == incident(first, "a0000")
