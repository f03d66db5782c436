"""People who objected or were erased: what the nights do not see, and loads do not bring back."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import CompoundSelect, Connection, and_, or_, select, union

from warning.children import told_years, under_age, without_schools
from warning.masking import SURE, sure_names, sure_spans
from warning.records import FREE_TEXTS, PARTY, RECORD, VERSION
from warning.spelling import (
    BETWEEN,
    ERASED,
    HIDDEN,
    bare_name,
    letters_told,
    may_begin,
    name_spans,
    number_spans,
    numbers_told,
    replaced,
    told_name,
    without_signs,
)
from warning.store.frames import dtypes, read_frame
from warning.store.operation_tables import party_keys as keyed
from warning.store.operation_tables import restrictions
from warning.store.sealing import (
    NAME_START,
    WHOLE_NAME,
    Seal,
    named_keys,
    party_keys,
    record_keys,
    text_hashes,
)
from warning.store.tables import parties as party
from warning.store.tables import records as record
from warning.tabular import distinct_texts

#: What a party row says of a person; role and organisation stay.
PERSONAL = ("name", "id_number", "phone", "gender", "age", "address")
#: Where a record, or a child's own row, tells which school the child goes to.
SCHOOL_TEXTS = ("narrative", "outcome", "role", "organisation")
#: Characters of the longest name that is looked for in a load.
LONGEST = 30


class Words(NamedTuple):
    """By what one party may be told in a text."""

    names: frozenset[str]
    numbers: frozenset[str]


NOTHING = Words(frozenset(), frozenset())


def without_objectors(
    connection: Connection, records: pd.DataFrame, parties: pd.DataFrame, as_of: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties, both with ``version``, with whoever had objected by ``as_of`` unknown.

    In the narratives of their records their names and numbers are hidden, each character by one, so
    that what stands behind keeps its place.
    """
    rows = connection.execute(_withheld(as_of)).fetchall()
    withheld = pd.DataFrame([tuple(row) for row in rows], columns=PARTY)
    if withheld.empty:
        return records, parties
    told = parties.merge(withheld, on=PARTY)
    hidden = texts_without(records, told, ["narrative"], lambda word: HIDDEN * len(word))
    return hidden, blanked(parties, withheld)


def withheld_names(connection: Connection, as_of: datetime) -> pd.DataFrame:
    """channel, record_id, name, child of who had objected by then: no text may tell them in full.

    :func:`without_objectors` leaves them out of the rows, by which texts are masked; ``child`` is
    whether they were under 18 when it was reported.
    """
    withheld = _withheld(as_of).subquery()
    own = and_(*(party.c[name] == withheld.c[name] for name in PARTY))
    told = and_(*(party.c[name] == record.c[name] for name in VERSION))
    query = (
        select(*(party.c[name] for name in (*RECORD, "name", "age", "id_number")))
        .add_columns(record.c.reported_at)
        .join(withheld, own)
        .join(record, told)
        .where(party.c.name.is_not(None))
        .distinct()
    )
    rows = read_frame(connection, query, {**dtypes(party), **dtypes(record)})
    rows = rows.assign(child=under_age(rows))
    return rows.groupby([*RECORD, "name"])["child"].any().reset_index()


def _withheld(as_of: datetime) -> CompoundSelect[tuple[str, str, str]]:
    """channel, record_id, party_no of who had objected by then.

    Of a cell that was one row when it was held, and was parted later, all parties are: whose the
    objection is, is not known.
    """
    active = (
        select(restrictions.c.hash)
        .where(restrictions.c.right == "object", restrictions.c.since <= as_of)
        .where(or_(restrictions.c.until.is_(None), restrictions.c.until > as_of))
    )
    query = select(keyed.c.channel, keyed.c.record_id, keyed.c.party_no)
    cell, further = party.alias(), party.alias()
    parted = (
        select(further.c.channel, further.c.record_id, further.c.party_no)
        .select_from(keyed)
        .join(cell, and_(*(cell.c[name] == keyed.c[name] for name in (*PARTY, "version"))))
        .join(further, and_(*(further.c[name] == cell.c[name] for name in RECORD)))
        .where(further.c.party_no.startswith(cell.c.party_no + "."))
        .where(cell.c.name.contains(further.c.name), cell.c.name != further.c.name)
    )
    return union(*(some.where(keyed.c.hash.in_(active)) for some in (query, parted)))


def keys_of(connection: Connection, parties: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    """The keys to store of new party rows: of their numbers, and those that somebody is held by.

    A phone that several share is restricted together with a name, and an erased row without a
    number by its record; only rows that this concerns get such a key, so that nobody else's name
    is kept for it.
    """
    keys = party_keys(parties, seal)
    query = select(restrictions.c.hash).where(restrictions.c.until.is_(None))
    held = set(connection.execute(query).scalars())
    if not held:
        return keys
    more = pd.concat([named_keys(parties, seal), record_keys(parties, seal)])
    return pd.concat([keys, more[more["hash"].isin(held)]], ignore_index=True)


def erased_rows(
    connection: Connection, keys: pd.DataFrame, cells: pd.DataFrame, seal: Seal
) -> pd.DataFrame:
    """The rows of a load's parties who were erased.

    Which of a cell's parties it was, if the cell was one row then, is not known: all of them are.

    Args:
        connection: of the store.
        keys: the keyed hashes of the parties.
        cells: :func:`cells_of` them.
        seal: of the store.
    """
    erased = erased_hashes(connection)
    if erased and len(cells):
        keys = pd.concat([keys, record_keys(cells, seal)])
    return keys.loc[keys["hash"].isin(erased), [*PARTY, "version"]].drop_duplicates()


def cells_of(parties: pd.DataFrame, written: pd.DataFrame | None) -> pd.DataFrame:
    """The parties that share a cell, with the name and phone that are written there.

    Args:
        parties: those of a load's new versions, with ``row``, ``source`` and ``version``.
        written: the same before cells were parted; None where nothing was.

    Returns:
        Columns of the party's key, version, name, phone.
    """
    own = [*PARTY, "version"]
    if written is None or "source" not in written:
        return parties.loc[:, [*own, "name", "phone"]].iloc[:0]
    shared = parties[parties.duplicated(["row", "source"], keep=False)]
    cells = written[["row", "source", "name", "phone"]]
    return shared[[*own, "row", "source"]].merge(cells, on=["row", "source"])


def erased_hashes(connection: Connection) -> set[str]:
    """By what somebody is held who was erased."""
    held = restrictions.c
    query = select(held.hash).where(held.right == "erase", held.until.is_(None))
    return set(connection.execute(query).scalars())


def blanked(parties: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The parties with everything personal missing in ``rows`` (columns of the party's key)."""
    if rows.empty:
        return parties
    hit = _marked(parties, rows)
    return parties.assign(**{name: parties[name].mask(hit) for name in PERSONAL})


def _marked(frame: pd.DataFrame, rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the rows (columns of a key) have such a row of the frame."""
    on = list(rows.columns)
    mark = frame[on].merge(rows.drop_duplicates(), on=on, how="left", indicator=True)["_merge"]
    return pd.Series((mark == "both").to_numpy(), index=frame.index)


def schools_out(
    records: pd.DataFrame, parties: pd.DataFrame, told: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties of a load without the schools of erased children.

    They go from what :data:`SCHOOL_TEXTS` names: of their records, and of their own rows. An age
    that the source does not give may be a child's.

    Args:
        records, parties: of the load.
        told: rows of the parties who were erased, as they came.
    """
    rows = told.merge(records[[*VERSION, "reported_at"]], on=VERSION)
    unknown = told_years(rows["age"]).isna() & rows["id_number"].isna()
    young = rows[under_age(rows) | unknown]
    return _schools_out(records, young[VERSION]), _schools_out(parties, young[[*PARTY, "version"]])


def _schools_out(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The frame without schools in the rows of these keys."""
    hit = _marked(frame, rows)
    columns = [name for name in SCHOOL_TEXTS if name in frame.columns and hit.any()]
    without = {
        name: frame[name].mask(hit, frame[name].map(without_schools, na_action="ignore"))
        for name in columns
    }
    return frame.assign(**without)


def texts_without(
    frame: pd.DataFrame,
    parties: pd.DataFrame,
    columns: Iterable[str] = FREE_TEXTS,
    instead: Callable[[str], str] = lambda _: ERASED,
) -> pd.DataFrame:
    """Records or parties whose texts no longer hold the names and numbers of these parties.

    However they are written there (:mod:`warning.spelling`).

    Args:
        frame: with the columns of a record's version.
        parties: whose names and numbers go from the texts of the same version.
        columns: those of them that the frame has.
        instead: tells what stands for each of them, as it is written.
    """
    told: dict[Any, list[Words]] = {}
    keys = zip(*[parties[name] for name in VERSION], strict=True)
    for key, words in zip(keys, words_of(parties), strict=True):
        told.setdefault(key, []).append(words)
    together = {key: all_of(several) for key, several in told.items()}
    versions = zip(*[frame[name] for name in VERSION], strict=True)
    rows = [(row, together[key]) for row, key in enumerate(versions) if key in together]
    changed = {}
    for column in [name for name in columns if name in frame.columns]:
        texts = frame[column].to_numpy(object, copy=True)
        for row, words in rows:
            if isinstance(texts[row], str):
                texts[row] = text_without(texts[row], words, instead=instead)
        changed[column] = pd.Series(texts, index=frame.index, dtype=frame[column].dtype)
    return frame.assign(**changed)


def text_without(
    text: str,
    words: Words,
    spared: Words = NOTHING,
    instead: Callable[[str], str] = lambda _: ERASED,
) -> str:
    """The text without these words, but for where it tells what is spared by a word as long."""
    found = [(*span, False) for span in spans_of(text, words)]
    if not found:
        return text
    found += [(*span, True) for span in spans_of(text, spared)]
    found.sort(key=lambda span: (span[0] - span[1], not span[2]))
    return replaced(
        text,
        [
            (start, stop, text[start:stop] if stays else instead(text[start:stop]))
            for start, stop, stays in found
        ],
    )


def name_hashes(names: Iterable[str], seal: Seal) -> tuple[str, ...]:
    """What is kept of erased names: hashes of each whole one and of how it begins.

    Of each as it is written and as it is compared (:func:`warning.spelling.told_name`).

    Args:
        names: bare, of :data:`warning.masking.SURE` characters and more.
        seal: of the store.
    """
    written = list(names)
    told = [one for one in map(told_name, written) if len(one) >= SURE]
    whole = list(dict.fromkeys([*written, *told]))
    starts = text_hashes([name[:SURE] for name in whole], NAME_START, seal)
    return (*starts, *text_hashes(whole, WHOLE_NAME, seal))


def without_erased_names(
    connection: Connection, seal: Seal, records: pd.DataFrame, parties: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties of a load whose texts name nobody in full who was erased.

    A name that a row of the same record gives is that one's there. Where nobody was erased nothing
    is looked for.
    """
    erased = erased_hashes(connection)
    frames = (records, parties)
    columns = [[name for name in FREE_TEXTS if name in frame.columns] for frame in frames]
    if not erased:
        return frames
    texts = {text for frame, own in zip(frames, columns, strict=True) for name in own
             for text in distinct_texts(frame[name])}  # fmt: skip
    names = sure_names(_names_among(texts, erased, seal))
    if not names.names and not names.hyphened:
        return frames
    found = {text: {name for *_, name in sure_spans(text, names)} for text in texts}
    there = {text: Words(frozenset(told), frozenset()) for text, told in found.items() if told}
    return (
        _without_names(records, columns[0], there, parties),
        _without_names(parties, columns[1], there, parties),
    )


def _names_among(texts: Iterable[str], erased: Collection[str], seal: Seal) -> set[str]:
    """The erased names in the texts: by what they begin with, then by the whole.

    A text is read as it is written, too: of names that were erased before 0.14 no other form is kept.
    """
    letters = {
        read for text in texts for read in (without_signs(text, BETWEEN)[0], letters_told(text)[0])
    }
    starts = {told[at : at + SURE] for told in letters for at in range(len(told) - SURE + 1)}
    hashes = text_hashes(filter(may_begin, starts), NAME_START, seal)
    known = set(hashes.index[hashes.isin(erased)])
    longer = {
        told[at : at + length]
        for told in letters
        for at in range(len(told) - SURE + 1 if known else 0)
        if told[at : at + SURE] in known
        for length in range(SURE, LONGEST + 1)
    }
    hashes = text_hashes(longer, WHOLE_NAME, seal)
    return set(hashes.index[hashes.isin(erased)])


def _without_names(
    frame: pd.DataFrame, columns: Iterable[str], there: Mapping[str, Words], parties: pd.DataFrame
) -> pd.DataFrame:
    """The frame without the names in these texts, but for those that rows of the record give."""
    changed = {}
    for column in columns:
        hit = frame[column].isin(list(there))
        if not hit.any():
            continue
        rows = frame.loc[hit, [*VERSION, column]]
        own = parties.merge(rows[VERSION].drop_duplicates(), on=VERSION)
        spared: dict[Any, list[Words]] = {}
        keys = zip(*[own[name] for name in VERSION], strict=True)
        for key, told in zip(keys, words_of(own), strict=True):
            spared.setdefault(key, []).append(told)
        values = frame[column].copy()
        values[hit] = [
            text_without(text, there[text], all_of(spared.get(tuple(key), [])))
            for *key, text in rows.itertuples(index=False, name=None)
        ]
        changed[column] = values
    return frame.assign(**changed)


def texts_with(texts: Iterable[str], parties: pd.DataFrame) -> list[str]:
    """Those of the texts that hold a name or number of these parties, however written."""
    words = all_of(words_of(parties))
    return [text for text in texts if spans_of(text, words)]


def words_of(parties: pd.DataFrame) -> list[Words]:
    """Of each row its names, as written and bare, and its numbers, as texts may tell them."""
    names = [
        {bare_name(name), without_signs(name, BETWEEN)[0]} if isinstance(name, str) else ()
        for name in parties["name"]
    ]
    several = zip(names, numbers_told(parties), strict=True)
    return [Words(frozenset(n for n in told if len(n) > 1), numbers) for told, numbers in several]


def all_of(words: Iterable[Words]) -> Words:
    """The words of several parties as one's."""
    rows = list(words)
    return Words(
        frozenset[str]().union(*(row.names for row in rows)),
        frozenset[str]().union(*(row.numbers for row in rows)),
    )


def spans_of(text: str, words: Words) -> list[tuple[int, int]]:
    """Start and end of every name and number in the text, those of the longest words first."""
    found = [*name_spans(text, words.names), *number_spans(text, words.numbers)]
    found.sort(key=lambda span: (-len(span[2]), span))
    return [(start, stop) for start, stop, _ in found]
