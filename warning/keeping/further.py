"""What may be of a person and is not certainly theirs: rows and mentions, each with why."""

from collections.abc import Collection, Sequence

import pandas as pd
from sqlalchemy import Connection, Select, func, select

from warning.errors import Problem, UsageError
from warning.keeping.apart import described
from warning.language import say
from warning.masking import SURE
from warning.matching.mentions import TOLD
from warning.matching.standardise.identifiers import SHORTEST, identifiers, identifiers_in
from warning.matching.standardise.names import names
from warning.matching.standardise.phones import phones
from warning.records import PARTY, RECORD
from warning.spelling import name_spans
from warning.store import operation_tables, tables
from warning.store.frames import dtypes, read_frame, read_table
from warning.store.sealing import KEY, Seal, party_keys
from warning.store.withholding import PERSONAL
from warning.tabular import places_in

#: Why a row may be theirs, the surest first.
REASONS = ("id_number", "linked", "phone", "name", "told")


def keyed_rows(connection: Connection, hashes: Collection[str]) -> pd.DataFrame:
    """The party rows, of all versions, with one of the keyed hashes, and kind and hash of it."""
    party, keyed = tables.parties, operation_tables.party_keys
    same = [keyed.c[name] == party.c[name] for name in KEY]
    query = (
        select(party, keyed.c.kind, keyed.c.hash)
        .join(keyed, same[0] & same[1] & same[2] & same[3])
        .where(keyed.c.hash.in_(list(hashes)))
    )
    return read_frame(connection, query, {**dtypes(party), **dtypes(keyed)})


def further_rows(
    connection: Connection, seal: Seal, sure: pd.DataFrame, entities: Collection[str],
    numbers: Collection[str], name: str | None, whole_id: str | None,
) -> pd.DataFrame:  # fmt: skip
    """Party rows that may be the person's.

    Args:
        connection: of the store.
        seal: of the store.
        sure: the person's rows, of :func:`described`.
        entities: of these rows in the last night.
        numbers: hashes of the ID number and the phone that were asked for.
        name, whole_id: standardised, if they were asked for.

    Returns:
        The rows, of all versions, as :func:`described`, with probability (of the link) and why
        (of :data:`REASONS`, joined by ``+``); rows that name another person, give another whole
        ID number or hold nobody any more are left out.
    """
    known = sure.assign(phone=sure["phone"].where(phones(sure["phone"])["kind"] != "service"))
    hashes = {*numbers, *party_keys(known[[*KEY, "id_number", "phone"]], seal)["hash"]}
    keyed = keyed_rows(connection, hashes)
    keyed = keyed[keyed["kind"].isin(["id_number", "phone"])]
    frames = [_linked(connection, entities), keyed.assign(why=keyed["kind"])]
    if name is not None:
        frames.append(_named(connection, name))
    several = None if whole_id is None else _of_several(connection, seal, whole_id)
    if several is not None:
        frames.append(several)
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[~among(rows, sure, KEY) & rows[list(PERSONAL)].notna().any(axis=1)]
    rows = described(rows.reset_index(drop=True))
    if several is not None:  # of their numbers the first alone is read
        rows["whole_id"] = rows["whole_id"].mask(among(rows, several, KEY))
    rows = rows[~_another(rows, sure, name)]
    why = rows.groupby(KEY)["why"].agg(
        lambda told: "+".join(one for one in REASONS if one in set(told))
    )
    rows = rows.sort_values("probability", na_position="last").drop_duplicates(KEY)
    rows = rows.drop(columns="why").merge(why.reset_index(), on=KEY)
    return rows.sort_values(["probability", *KEY], ascending=[False, True, True, True, True])


def among(rows: pd.DataFrame, others: pd.DataFrame, on: Sequence[str]) -> "pd.Series[bool]":
    """Whether the others have such a row; missing is like missing."""
    return pd.Series(places_in(rows[list(on)], others[list(on)]) >= 0, index=rows.index)


def _linked(connection: Connection, entities: Collection[str]) -> pd.DataFrame:
    party, link = tables.parties, tables.party_links
    same = [link.c[name] == party.c[name] for name in PARTY]
    query = (
        select(party, link.c.probability)
        .join(link, same[0] & same[1] & same[2])
        .where(link.c.entity_id.in_(list(entities)))
    )
    return read_frame(connection, query, {**dtypes(party), **dtypes(link)}).assign(why="linked")


def _of_several(connection: Connection, seal: Seal, whole_id: str) -> pd.DataFrame:
    """The rows that hold several ID numbers, with this one among them; no hash leads to all of these."""
    party = tables.parties
    two = seal.seal(pd.Series(["0" * (2 * SHORTEST)]), "id_number").iloc[0]
    query = select(party).where(func.length(party.c.id_number) >= len(two))
    rows = read_frame(connection, query, dtypes(party))
    each = rows["id_number"].map(identifiers_in).explode().astype("str")
    own = identifiers(each)["id_number"] == whole_id
    return rows[own.groupby(level=0).any().to_numpy(bool)].assign(why="id_number")


def _named(connection: Connection, name: str) -> pd.DataFrame:
    party = tables.parties
    query: Select[tuple[str]] = select(party.c.name).where(party.c.name.is_not(None)).distinct()
    written = pd.Series(list(connection.execute(query).scalars()), dtype="str")
    same = written[(names(written)["name"] == name).to_numpy(bool)]
    found = read_frame(connection, select(party).where(party.c.name.in_(list(same))), dtypes(party))
    return found.assign(why="name")


def _another(rows: pd.DataFrame, sure: pd.DataFrame, name: str | None) -> "pd.Series[bool]":
    """Whether a row is surely of somebody else; the linker may know better than a name."""
    ids = set(sure["whole_id"].dropna())
    numbered = rows["whole_id"].notna() & ~rows["whole_id"].isin(ids)
    known = {*sure["full_name"].dropna(), *([name] if name else [])}
    several = (
        rows["full_name"]
        .str.split("|")
        .map(lambda told: known.isdisjoint(told), na_action="ignore")
    )
    masked = rows["head"].notna() & ~rows["head"].str[:1].isin({one[:1] for one in known})
    named = (several.eq(True) | masked) & (rows["why"] == "phone")
    return (numbered & bool(ids)) | (named & bool(known))


def mentions_of(
    connection: Connection, entities: Collection[str], here: pd.DataFrame, others: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where narratives name these entities.

    Args:
        connection: of the store.
        entities: of the person.
        here: channel, record_id of the records with their rows.
        others: of the records with further rows: what is said there goes with these.

    Returns:
        channel, record_id, party_no (``~`` and where the mention begins), name (as written): in
        the records here; and in yet other records, with why and without a probability.
    """
    told = read_table(connection, tables.mentions)
    told = told[told["entity_id"].isin(list(entities)) & (told["kind"] == "person")]
    told = told.assign(party_no=TOLD + told["start"].astype("str"), name=told["text"])
    told = told[[*PARTY, "name"]].reset_index(drop=True)
    mine = among(told, here, RECORD)
    rest = told[~mine & ~among(told, others, RECORD)]
    return told[mine], rest.assign(probability=float("nan"), why="told")


def mentions_named(connection: Connection, name: str, known: pd.DataFrame) -> pd.DataFrame:
    """Where narratives name somebody like this, and nothing links the mention to the person.

    Where no night has read a narrative yet, the whole name itself is looked for.

    Args:
        connection: of the store.
        name: whole, standardised.
        known: channel, record_id, party_no of the mentions that are linked to the person.

    Returns:
        As the second of :func:`mentions_of`: anybody may be called so.
    """
    told = read_table(connection, tables.mentions)
    told = told[told["kind"] == "person"]
    told = told[(names(told["text"])["name"] == name).to_numpy(bool)]
    told = told.assign(party_no=TOLD + told["start"].astype("str"), name=told["text"])
    unread = _unread(connection, name)
    unread = unread[~among(unread, told, RECORD) & ~among(unread, known, RECORD)]
    if len(unread):  # a text beside such a row is of the row's person
        unread = unread[~among(unread, _named(connection, name), RECORD)]
    told = pd.concat([told.loc[~among(told, known, PARTY), [*PARTY, "name"]], unread])
    return told.assign(probability=float("nan"), why="name+told")


def _unread(connection: Connection, name: str) -> pd.DataFrame:
    """As mentions, where narratives write this name, if it is long enough to be one for sure."""
    record = tables.records.c
    query = select(record.channel, record.record_id, record.narrative)
    rows = (
        connection.execute(query.where(record.narrative.is_not(None))) if len(name) >= SURE else ()
    )
    found = [
        (channel, record_id, f"{TOLD}{start}", text[start:stop])
        for channel, record_id, text in rows
        for start, stop, _ in name_spans(text, (name,))
    ]
    return pd.DataFrame(found, columns=[*PARTY, "name"], dtype="str").drop_duplicates(PARTY)


def chosen_of(
    rows: pd.DataFrame, linked: float | None, confirmed: Sequence[str], names_known: Collection[str]
) -> "pd.Series[bool]":
    """Which further rows and mentions an officer confirms.

    Args:
        rows: party rows and mentions with why.
        linked: rows linked with at least this probability, and mentions by a whole name.
        confirmed: keys ``channel|record_id|party_no``.
        names_known: whole names of the person, standardised.

    Raises:
        UsageError: a key that is no further row.
    """
    keys = rows[PARTY].agg("|".join, axis=1) if len(rows) else pd.Series(dtype="str")
    unknown = sorted(set(confirmed) - set(keys))
    if unknown:
        raise UsageError(
            Problem(
                "--record",
                say("不在可能属于此人的记录之中：", "not among the rows that may be theirs: ")
                + ", ".join(unknown),
                say("渠道|编号|当事人序号", "channel|record_id|party_no"),
                say("用 warning rights find 查看", "see them with: warning rights find"),
            )
        )
    chosen = keys.isin(list(confirmed))
    if linked is not None:
        chosen |= rows["probability"] >= linked
        whole = names(rows["name"])["name"].isin(list(names_known))
        chosen |= (rows["why"] == "told") & whole
    return chosen.reindex(rows.index).astype(bool)
