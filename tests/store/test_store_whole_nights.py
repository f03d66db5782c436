"""Of older nights the changes of tiers stay, and the first night of each month whole."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, delete, func, insert, select, text

from tests.conftest import from_memory, load_town
from tests.copying import filled
from tests.sharing import shared
from warning.keeping.retention import purge
from warning.keeping.still_needed import tiers_that_ended
from warning.nightly import run_nightly
from warning.settings import Settings
from warning.store import Store, tables
from warning.store.whole_nights import superfluous, whole_nights

FIRST = datetime(2024, 11, 20)
Merges = list[tuple[datetime, str, str]]


def nights_of(count: int, days: int) -> list[datetime]:
    return [FIRST + timedelta(days=days * number) for number in range(count)]


def keeping(days: int) -> Settings:
    """So many days stay whole."""
    settings = from_memory()
    rules = settings.retention.model_copy(update={"warnings_whole_days": days})
    return replace(settings, retention=rules)


@pytest.mark.parametrize("days", [1, 7, 35])
def test_which_nights_are_whole(days: int) -> None:
    """The last days, the two last nights whatever their age, and each month's first."""
    nights = nights_of(80, 1)
    whole = whole_nights(nights, days)
    assert whole == sorted(whole)
    assert whole[-days - 1 :] == nights[-days - 1 :]
    firsts = [night for night in whole if night < nights[-1] - timedelta(days=days)]
    assert firsts
    assert all(night.day == 1 or night == nights[0] for night in firsts)
    assert whole_nights(nights_of(2, 300), days) == nights_of(2, 300)
    assert whole_nights([], days) == []


def test_once_whole_no_longer_never_whole_again() -> None:
    """What a later night asks for was not deleted by an earlier one."""
    nights = nights_of(90, 3)
    for count in range(1, len(nights)):
        later = whole_nights(nights[: count + 1], 10)
        assert set(later) <= {*whole_nights(nights[:count], 10), nights[count]}


#: By the last one of them no night was thinned, by the next one the 5th of December is too old.
NIGHTS = pd.to_datetime(["2024-11-23", "2024-11-29", "2024-12-02", "2024-12-05", "2024-12-11"])
NEXT, TOO_OLD = pd.Timestamp("2024-12-14"), pd.Timestamp("2024-12-05")
WHOLE = pd.to_datetime(["2024-11-23", "2024-12-02", "2024-12-11", "2024-12-14"])
Told = dict[pd.Timestamp, pd.DataFrame]


@pytest.fixture(scope="module")
def series(hamlet_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A store with some nights that stayed whole, and what each of them told."""

    def make(directory: Path) -> Told:
        url = f"sqlite:///{directory / 'w.db'}"
        load_town(hamlet_files, url)
        return {night: run_nightly(url, keeping(1000), night).warnings for night in NIGHTS}

    directory, told = shared(tmp_path_factory, "series", make)
    return directory / "w.db", told


@pytest.fixture
def url(series: tuple[Path, Told], new_url: str, tmp_path: Path) -> str:
    """A copy of that store, on each database in turn."""
    return filled(series[0], new_url, tmp_path)


def changes(told: Told) -> dict[pd.Timestamp, int]:
    """Night → how many cases changed their tier, or have another than their id had (a merge)."""
    tiers: dict[str, str] = {}
    found = {}
    for night in sorted(told):
        own = told[night]
        had = [tiers.get(case_id, "none") for case_id in own["case_id"]]
        found[night] = int(((own["tier"] != own["previous_tier"]) | (own["tier"] != had)).sum())
        tiers |= dict(zip(own["case_id"], own["tier"], strict=True))
    return found


def test_a_store_keeps_the_tiers_of_every_night(series: tuple[Path, Told], url: str) -> None:
    """Thinned, a store tells of any night which tier a case had; the last nights stay whole.

    A night thins what it made too old itself; retention what older versions left, counted first,
    and a second time there is nothing.
    """
    with Store.open(url) as store:
        told = {**series[1], NEXT: run_nightly(store, keeping(7), NEXT).warnings}
        changed = changes(told)
        assert 0 < changed[TOO_OLD] < len(told[TOO_OLD])
        kept = store.table("warnings").groupby("as_of").size()
        assert kept.to_dict() == {
            night: changed[night] if night == TOO_OLD else len(own) for night, own in told.items()
        }
        counted = purge(store, keeping(7), NEXT, only_count=True).rows["warnings"]
        assert store.count("warnings") == kept.sum()
        assert purge(store, keeping(7), NEXT).rows["warnings"] == counted > 0
        assert store.count("warnings") == kept.sum() - counted
        assert "warnings" not in purge(store, keeping(7), NEXT).rows
        rows = store.table("warnings")
        kept = rows.groupby("as_of").size()
        for night, own in told.items():
            assert kept.get(night, 0) == (len(own) if night in WHOLE else changed[night]) > 0
            upto = (
                rows[rows["as_of"] <= night].sort_values("as_of").groupby("case_id")["tier"].last()
            )
            now = own.set_index("case_id")["tier"]
            assert (upto.reindex(now.index, fill_value="none") == now).all()
        assert len(store.warnings_at(NIGHTS[-1])) == len(told[NIGHTS[-1]])


def add_tiers(url: str, tiers: dict[tuple[str, datetime], str], merges: Merges) -> None:
    """Write cases' tiers by case and night, and merges of cases: (night, from, into)."""
    same = {"probability": 0.5, "severity": 0.0, "log_odds": 0.0, "tier_since": FIRST}
    rows = [{"case_id": case_id, "as_of": at, "tier": tier, "previous_tier": tier, **same}
            for (case_id, at), tier in tiers.items()]  # fmt: skip
    names = ("as_of", "from_id", "into_id")
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(insert(tables.warnings), rows)
        for merge in merges:
            told = dict(zip(names, merge, strict=True))
            connection.execute(insert(tables.merges).values(kind="case", **told))


def left_after_a_purge(
    url: str, nights: list[datetime], tiers: dict[tuple[str, int], str], merges: Merges
) -> set[tuple[str, int]]:
    """The (case, night) whose rows stay when all nights are older than their time."""
    told = {(case_id, nights[place]): tier for (case_id, place), tier in tiers.items()}
    add_tiers(url, told, merges)
    settings = keeping(7)
    rules = settings.retention.model_copy(update={"warnings_days": 7, "records_days": 75})
    with Store.open(url) as store:
        now = pd.Timestamp(nights[-1]) + timedelta(days=30)
        purge(store, replace(settings, retention=rules), now)
        kept = store.table("warnings")
    return {
        (case_id, nights.index(at))
        for case_id, at in zip(kept["case_id"], kept["as_of"], strict=True)
    }


def test_the_tier_that_a_case_goes_on_from_does_not_expire(new_url: str) -> None:
    """That of the two last nights, and of a case that is away or merged, while its reports may stay."""
    nights = nights_of(6, 10)
    tiers = {
        ("c-away", 1): "red", ("c-away", 2): "red",
        ("c-from", 1): "yellow", ("c-from", 2): "yellow",
        ("c-into", 1): "blue", ("c-into", 2): "blue", ("c-into", 3): "yellow",
        ("c-into", 4): "yellow", ("c-into", 5): "yellow",
        ("c-calm", 1): "blue", ("c-calm", 2): "none",
        ("c-long", 0): "red",
    }  # fmt: skip
    left = left_after_a_purge(new_url, nights, tiers, [(nights[3], "c-from", "c-into")])
    assert left == {("c-away", 2), ("c-from", 2), ("c-into", 2), ("c-into", 4), ("c-into", 5)}


def test_a_tier_that_ended_before_a_merge_does_not_come_back(new_url: str) -> None:
    """The last row before a later merge stays, and the last one of a case once merged: they say none."""
    nights = nights_of(8, 7)
    tiers = {
        ("c-into", 1): "red", ("c-into", 3): "none", ("c-into", 7): "blue",
        ("c-from", 1): "red", ("c-from", 4): "none",
        ("c-calm", 4): "red", ("c-calm", 5): "none", ("c-new", 6): "blue",
    }  # fmt: skip
    merges = [(nights[2], "c-from", "c-into"), (nights[4], "c-other", "c-into")]
    left = left_after_a_purge(new_url, nights, tiers, merges)
    assert left == {
        ("c-into", 1), ("c-into", 3), ("c-into", 7), ("c-from", 1), ("c-from", 4), ("c-new", 6)
    }  # fmt: skip


def test_a_tier_that_stayed_is_not_deleted_by_the_next_nights(new_url: str) -> None:
    """A short ``warnings_days`` leaves last rows that are no change; nights thin, and leave them."""
    nights = nights_of(16, 3)
    red, orange, blue, calm = "c-away", "c-from", "c-into", "c-calm"
    settings = keeping(7)
    rules = settings.retention.model_copy(update={"warnings_days": 5})
    with Store.open(new_url) as store:
        for place, night in enumerate(nights):
            tiers = {red: "red", orange: "orange", blue: "blue", calm: "none"}
            if place > 6:
                tiers = {blue: "orange", calm: "none"}
            with store.writing() as connection:
                grade(connection, night, tiers, changed={1: tiers, 7: [blue]}.get(place, ()))
                if place == 7:
                    merge = {"as_of": night, "from_id": orange, "into_id": blue}
                    connection.execute(insert(tables.merges).values(kind="case", **merge))
                connection.execute(delete(tables.warnings).where(superfluous(connection, 7)))
            if place in {8, 12}:
                now = pd.Timestamp(night) + timedelta(hours=1)
                purge(store, replace(settings, retention=rules), now)
        after = nights[-1] + timedelta(days=1)
        away = store.last_rows([red, orange], pd.Timestamp(after)).set_index("case_id")
        assert away["tier"].to_dict() == {red: "red", orange: "orange"}
        assert set(away["as_of"]) == {nights[6]}
        assert store.last_rows([blue], pd.Timestamp(nights[7]))["tier"].tolist() == ["blue"]
        assert (store.rows("warnings", "case_id", [calm])["as_of"] >= nights[12]).all()


def grade(
    connection: Connection, night: datetime, tiers: dict[str, str], changed: Iterable[str]
) -> None:
    """Write a night and its cases' tiers, and of those that changed what their scores are made of."""
    run = {"as_of": night, "config_hash": "", "model_hash": "", "status": "done", "counts": {},
           "started_at": night, "seconds": 1, "peak_memory_mb": 1}  # fmt: skip
    same = {
        "as_of": night,
        "probability": 0.5,
        "severity": 0.0,
        "log_odds": 0.0,
        "tier_since": FIRST,
    }
    connection.execute(insert(tables.runs).values(**run))
    connection.execute(insert(tables.warnings), [
        {**same, "case_id": case_id, "tier": tier, "previous_tier": tier,
         "contributions": "[]" if case_id in changed else None} for case_id, tier in tiers.items()
    ])  # fmt: skip


def test_a_night_that_is_asked_for_again_has_what_it_went_on_from(new_url: str) -> None:
    """A case that came back on the last night: the tier that it went on from does not expire yet."""
    nights = nights_of(6, 10)
    tiers = {("c-back", 1): "red", ("c-back", 5): "red", ("c-new", 4): "blue", ("c-new", 5): "blue"}
    left = left_after_a_purge(new_url, nights, tiers, [])
    assert left == {("c-back", 1), ("c-back", 5), ("c-new", 4), ("c-new", 5)}


def test_retention_looks_through_the_tiers_once(new_url: str) -> None:
    """Four times the cases take no more than some five times the work, however little memory."""
    nights, before = nights_of(5, 10), 0
    ended = tiers_that_ended(FIRST)
    for first, end in ((0, 200), (200, 800)):
        names = [f"c-{number}" for number in range(first, end)]
        tiers = {(name, at): "blue" for name in names for at in nights}
        merges = [(nights[2], one, two) for one, two in pairwise(names[:50])]
        add_tiers(new_url, tiers, merges)
        with Store.open(new_url) as store, store.reading() as connection:
            query = select(func.count()).select_from(tables.warnings).where(ended)
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL work_mem = '64kB'"))
                asked = query.compile(connection, compile_kwargs={"literal_binds": True})
                plan = connection.execute(text(f"EXPLAIN {asked}")).scalars().all()
                assert not [line for line in plan if "SubPlan" in line]
                continue
            steps: list[None] = []
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda told=steps: told.append(None), 100)
            assert connection.execute(query).scalar_one() > 0
            driver.set_progress_handler(None, 0)
            assert not before or len(steps) < 7 * before
            before = len(steps)
