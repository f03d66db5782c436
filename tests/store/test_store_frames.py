"""Rows in bulk: a table made to hold a frame keeps the rows that it holds already."""

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, select

from warning.store import Store
from warning.store.frames import dtypes, read_frame, read_table, replace_frame, write_frame
from warning.store.tables import incidents, mentions

CHANCE = np.random.default_rng(5)


def some_incidents(count: int) -> pd.DataFrame:
    """So many of a hundred incidents, with values that are often the same and often missing."""
    number = np.sort(CHANCE.choice(100, count, replace=False))
    days = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(number, unit="D"))
    frame = pd.DataFrame(
        {
            "incident_id": [f"i-{one:03}" for one in number],
            "reported_at": days,
            "occurred_at": days.where(CHANCE.random(count) < 0.5),
            "category": CHANCE.choice(["01", "0101"], count),
            "county_code": pd.Series("620702", index=range(count)).where(number % 3 > 0),
            "place_id": None,
            "record_count": CHANCE.integers(1, 3, count),
        }
    )
    return frame.astype(dtypes(incidents))


def row_numbers(connection: Connection) -> dict[str, str]:
    """Incident → where its row stands, which changes when it is written anew."""
    place = "rowid" if connection.dialect.name == "sqlite" else "ctid"
    found = connection.exec_driver_sql(f"SELECT incident_id, {place} FROM incidents")
    return {row[0]: str(row[1]) for row in found}


def test_a_table_holds_the_frame_and_what_stays_is_not_written_anew(empty_url: str) -> None:
    """Forty times over: whatever is added, gone or changed, and whether all or nothing is."""
    with Store.open(empty_url) as store:
        before, known, stayed = some_incidents(0), {}, 0
        for count in [0, 30, 0, 100, *CHANCE.integers(0, 100, 36)]:
            # Every second time most of what was there stays.
            after = some_incidents(int(count))
            if count % 2:
                kept = before.sample(frac=0.8, random_state=int(count))
                new = after[~after["incident_id"].isin(before["incident_id"])]
                after = pd.concat([kept, new]).sort_values("incident_id", ignore_index=True)
            with store.writing() as connection:
                replace_frame(connection, incidents, after)
            with store.reading() as connection:
                pd.testing.assert_frame_equal(read_table(connection, incidents), after)
                places = row_numbers(connection)
            same = before.merge(after, on=list(after.columns))["incident_id"]
            if 2 * len(same) > len(before):
                assert all(places[one] == known[one] for one in same)
                stayed += len(same)
            before, known = after, places
    assert stayed > 100


def test_numbered_rows_keep_their_numbers(empty_url: str) -> None:
    """A mention that stays keeps its number; a new one gets one after the highest."""
    rows = pd.DataFrame(
        {
            "channel": "110",
            "record_id": ["a", "b", "c"],
            "start": [0, 1, 2],
            "end": [2, 3, 4],
            "text": ["王某", "李某", "张某"],
            "kind": "person",
            "entity_id": [None, "p-1", "p-2"],
        }
    )
    changed = rows.assign(entity_id=[None, "p-1", "p-9"]).iloc[[2, 0, 1]]
    with Store.open(empty_url) as store:
        with store.writing() as connection:
            write_frame(connection, mentions, rows)
            replace_frame(connection, mentions, changed)
        with store.reading() as connection:
            query = select(mentions).order_by(mentions.c.mention_id)
            found = read_frame(connection, query, dtypes(mentions))
    assert found["mention_id"].tolist() == [1, 2, 3]
    assert found["record_id"].tolist() == ["a", "b", "c"]
    assert found["entity_id"].fillna("").tolist() == ["", "p-1", "p-9"]


def test_what_cannot_be_written_undoes_all(empty_url: str) -> None:
    """A missing value where none may be: the table is as it was."""
    good = some_incidents(20)
    bad = good.assign(record_count=pd.array([None, *[7] * 19], dtype="Int64"))
    with Store.open(empty_url) as store:
        with store.writing() as connection:
            replace_frame(connection, incidents, good)
        with pytest.raises(Exception, match="record_count"), store.writing() as connection:
            replace_frame(connection, incidents, bad)
        with store.reading() as connection:
            pd.testing.assert_frame_equal(read_table(connection, incidents), good)
