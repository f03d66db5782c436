"""Verdicts whose record has named somebody else since they were given: they rest.

A verdict names a party by its key. Whom the key named when it was given is what the night before
had known; where the version that is known now names another, the verdict was not on that person.
"""

import pandas as pd
from sqlalchemy import Connection, select

from warning.matching.decided import DECIDING, PAIR
from warning.records import PARTY, RECORD, VERSION, keys_of, record_ids_in
from warning.store import tables
from warning.store.frames import dtypes, read_frame
from warning.store.nights import LAST_LOAD
from warning.store.versions import of_records

#: What the moment of a version is ordered by.
_ORDER = ["reported_at", "version"]


def resting(connection: Connection, verdicts: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The last verdicts on people, same and different, that rest at a moment.

    Args:
        connection: of the store.
        verdicts: rows of the table.
        as_of: what was reported by then is known.

    Returns:
        Their rows. One given before the first night, or when nights did not yet note which loads
        they knew, never rests.
    """
    last = verdicts[verdicts["kind"] == "person"].sort_values("at")
    last = last.drop_duplicates(PAIR, keep="last")
    last = last[last["verdict"].isin(DECIDING)]
    told = _told(connection, pd.concat([last["left"], last["right"]]))
    if told.empty:
        return last.iloc[:0]
    # Imported here because comparing names brings in the libraries of readings.
    from warning.matching.another_person import names_another

    mentions = last.melt(["verdict_id", "at"], ["left", "right"], value_name="key")
    mentions = pd.merge_asof(
        mentions.sort_values("at"), _nights(connection), left_on="at", right_on="started_at"
    )
    rows = mentions.merge(told, on="key").sort_values(_ORDER)
    mention = ["verdict_id", "key"]
    seen = (rows["load_id"] <= rows[LAST_LOAD]) & (rows["reported_at"] <= rows["as_of"])
    judged = rows[seen].drop_duplicates(mention, keep="last").set_index(mention)
    now = rows[rows["reported_at"] <= as_of].drop_duplicates(mention, keep="last")
    now = now.set_index(mention).reindex(judged.index)
    other = judged.index.get_level_values("verdict_id")[names_another(judged, now)]
    return last[last["verdict_id"].isin(other)]


def _told(connection: Connection, keys: pd.Series) -> pd.DataFrame:
    """What each version of a record with several says of its parties of these keys.

    Returns:
        key, name, id_number, version, reported_at, load_id.
    """
    named = [(key.partition("|")[0], one) for key in keys.unique() for one in record_ids_in(key)]
    own = tables.records.c
    query = select(own.channel, own.record_id, own.version, own.reported_at, own.load_id)
    wanted = pd.DataFrame(named, columns=RECORD, dtype="str")
    versions = of_records(connection, tables.records, query, wanted)
    versions = versions[versions.duplicated(RECORD, keep=False)]
    parties = of_records(connection, tables.parties, select(tables.parties), versions)
    parties = parties.assign(key=keys_of(parties[PARTY]))
    parties = parties[parties["key"].isin(keys)].merge(versions, on=VERSION)
    return parties[["key", "name", "id_number", *_ORDER, "load_id"]]


def _nights(connection: Connection) -> pd.DataFrame:
    """started_at, as_of and the last load that it knew, of each night in the order they began."""
    own = tables.runs.c
    query = select(own.started_at, own.as_of, own.counts).order_by(own.started_at, own.as_of)
    nights = read_frame(connection, query, dtypes(tables.runs))
    known = [counts.get(LAST_LOAD) for counts in nights.pop("counts")]
    return nights.assign(**{LAST_LOAD: pd.Series(known, dtype=float)})
