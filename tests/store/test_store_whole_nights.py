"""Of older nights the changes of tiers stay, and the first night of each month whole."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import load_town
from warning.keeping.retention import purge
from warning.nightly import run_nightly
from warning.settings import Settings, load_settings
from warning.store import Store
from warning.store.whole_nights import whole_nights

FIRST = datetime(2024, 11, 20)


def nights_of(count: int, days: int) -> list[datetime]:
    return [FIRST + timedelta(days=days * number) for number in range(count)]


def keeping(days: int) -> Settings:
    packaged = load_settings()
    rules = packaged.retention.model_copy(update={"warnings_whole_days": days})
    return Settings(**{**vars(packaged), "retention": rules})


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


def test_a_store_keeps_the_tiers_of_every_night(hamlet_files: list[Path], empty_url: str) -> None:
    """Thinned, a store tells of any night which tier a case had; the last nights stay whole."""
    load_town(hamlet_files, empty_url)
    moments = [pd.Timestamp(FIRST) + pd.Timedelta(days=6 * number) for number in range(8)]
    told = {}
    with Store.open(empty_url) as store:
        for moment in moments:
            told[moment] = run_nightly(store, keeping(7), moment).warnings
        rows = store.table("warnings")
        kept = rows.groupby("as_of").size()
        whole = [pd.Timestamp(one) for one in whole_nights([m.to_pydatetime() for m in moments], 7)]
        assert len(whole) == 4
        for moment in moments:
            own = told[moment]
            changed = own["tier"] != own["previous_tier"]
            assert kept.get(moment, 0) == (len(own) if moment in whole else changed.sum())
            upto = (
                rows[rows["as_of"] <= moment].sort_values("as_of").groupby("case_id")["tier"].last()
            )
            now = own.set_index("case_id")["tier"]
            assert (upto.reindex(now.index, fill_value="none") == now).all()
        assert kept.sum() < sum(map(len, told.values()))
        again = store.warnings_at(moments[-2])
        assert len(again) == len(told[moments[-2]])


def test_retention_thins_what_older_versions_left(hamlet_files: list[Path], empty_url: str) -> None:
    """Counted first, then gone; a second time there is nothing."""
    load_town(hamlet_files, empty_url)
    with Store.open(empty_url) as store:
        for moment in nights_of(6, 6):
            run_nightly(store, keeping(1000), moment)
        before = store.count("warnings")
        now = pd.Timestamp(nights_of(6, 6)[-1])
        counted = purge(store, keeping(7), now, only_count=True).rows["warnings"]
        assert store.count("warnings") == before
        assert purge(store, keeping(7), now).rows["warnings"] == counted > 0
        assert store.count("warnings") == before - counted
        assert "warnings" not in purge(store, keeping(7), now).rows
