"""The made-up city: channels' files with all their dirt, and the truth beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from warning.demo.clerk import START, Clerk
from warning.demo.dice import Dice
from warning.demo.dirt import Dirt, Hand
from warning.demo.files import channel_files, write_csv, write_xlsx
from warning.demo.forms import CHANNELS, SHARES
from warning.demo.geography import make_geography
from warning.demo.organisations import make_organisations
from warning.demo.people import DAYS, Person, make_people
from warning.demo.quarrels import Quarrel, make_quarrels
from warning.demo.truth import TRUTH, Truth, truth_tables

AS_OF = pd.Timestamp(START) + pd.Timedelta(days=DAYS)
#: Hours after one report at which another channel hears of the same event: mean and most.
LATER_MEAN, LATER_MOST = 3.0, 16.0
LATE_DAYS = 12.0
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")


@dataclass(frozen=True)
class City(Truth):
    """The files and, as :class:`warning.demo.truth.Truth`, the truth.

    Attributes:
        files: file name → rows in the channel's own columns.
        expected: rows, stored, quarantined, repeats, versions of loading all files.
    """

    files: dict[str, pd.DataFrame]
    expected: dict[str, int]

    def write(self, directory: Path) -> list[Path]:
        """Write the files (``files/``) and the truth (``truth/``); returns the channels' files.

        The three first files are CSV in three encodings, the fourth is a workbook.
        """
        inputs, truth = directory / "files", directory / "truth"
        inputs.mkdir(parents=True, exist_ok=True)
        truth.mkdir(parents=True, exist_ok=True)
        paths = []
        for k, (name, frame) in enumerate(self.files.items()):
            path = inputs / f"{name}.{'xlsx' if name == '移交调解' else 'csv'}"
            if path.suffix == ".xlsx":
                write_xlsx(frame, path)
            else:
                write_csv(frame, path, ENCODINGS[k % len(ENCODINGS)])
            paths.append(path)
        for name in TRUTH:
            write_csv(getattr(self, f"truth_{name}"), truth / f"{name}.csv", "utf-8")
        return paths


def make_city(records: int = 20_000, seed: int = 7, dirt: Dirt | None = None) -> City:
    """Make the city: about ``records`` reports over two years ending at :data:`AS_OF`.

    The same arguments give the same bytes of files, in any process. Places, people and quarrels
    depend on size and seed alone: another ``dirt`` tells of the same events.
    """
    dirt = dirt or Dirt()
    again = dirt.rate("second_channel")
    calls = 1 + 0.4 * dirt.rate("second_call")
    events = max(1, int(records / (calls + again / max(0.05, 1 - again))))
    geography = make_geography(max(60, events), Dice(seed, "places"))
    people = make_people(geography.homes, Dice(seed, "people"))
    organisations = make_organisations(geography, Dice(seed, "organisations"))
    quarrels = make_quarrels(events, people, organisations, geography, Dice(seed, "quarrels"))
    hand = Hand(dirt, Dice(seed, "dirt"))
    clerk = Clerk(geography, people, hand, Dice(seed, "clerk"))
    _report_all(quarrels, people, clerk)
    files, expected = channel_files(clerk.rows, hand)
    tables = truth_tables(geography, people, organisations, quarrels, clerk, hand)
    return City(**tables, files=files, expected=expected)


def _report_all(quarrels: Sequence[Quarrel], people: Sequence[Person], clerk: Clerk) -> None:
    """Every event through its channels, in the order in which the events happened."""
    moments = sorted(
        (event.day, q, number)
        for q, quarrel in enumerate(quarrels)
        for number, event in enumerate(quarrel.events)
    )
    near: dict[str, list[Person]] = {}
    for person in people:
        near.setdefault(person.home.area.place_id, []).append(person)
    for day, q, number in moments:
        quarrel = quarrels[q]
        around = near[quarrel.home.area.place_id]
        _report(quarrel, number, START + timedelta(seconds=int(day * 86_400)), around, clerk)


def _report(
    quarrel: Quarrel, number: int, happened: datetime, around: Sequence[Person], clerk: Clerk
) -> None:
    """The first report, calls about the same event, and what other channels hear of it."""
    dice, hand = clerk.dice, clerk.hand
    shares = SHARES[_group(quarrel)]
    channel = hand.channel = CHANNELS[dice.weighted(shares)]
    late = dice.exponential(LATE_DAYS) if hand.slips("late") else dice.exponential(0.02)
    at = happened + timedelta(seconds=int(late * 86_400))
    if at >= AS_OF:
        at = happened
    record = clerk.report(quarrel, number, channel, at, _neighbour(quarrel, around, clerk), "")
    hand.channel = channel
    if channel == "110" and hand.slips("second_call"):
        soon = at + timedelta(minutes=dice.between(2, 60))
        if soon < AS_OF:
            named = record if hand.slips("source_names_duplicate") else ""
            caller = dice.pick(around) if dice.chance(0.5) else None
            caller = None if caller in {quarrel.claimant, quarrel.respondent} else caller
            clerk.report(quarrel, number, channel, soon, caller, named)
    while True:
        hand.channel = channel
        if not hand.slips("second_channel"):
            return
        at += timedelta(minutes=5 + 60 * min(dice.exponential(LATER_MEAN), LATER_MOST))
        if at >= AS_OF:
            return
        others = [other for other in CHANNELS if other != channel]
        again = CHANNELS[dice.weighted(shares)]
        channel = again if again != channel else dice.pick(others[:3])
        hand.channel = channel
        clerk.report(quarrel, number, channel, at, _neighbour(quarrel, around, clerk), "")


def _group(quarrel: Quarrel) -> str:
    if quarrel.is_serial:
        return "serial"
    if quarrel.organisation is not None:
        return "organisation"
    return "violence" if quarrel.kind in {"0101", "05", "0503"} else ""


def _neighbour(quarrel: Quarrel, around: Sequence[Person], clerk: Clerk) -> Person | None:
    """Who calls for them, where somebody does."""
    if not clerk.hand.slips("neighbour_calls"):
        return None
    caller = clerk.dice.pick(around)
    involved = {quarrel.claimant.household}
    if quarrel.respondent is not None:
        involved.add(quarrel.respondent.household)
    return None if caller.household in involved else caller
