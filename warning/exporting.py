"""The contract's tables as files: CSV (UTF-8) or Parquet."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import select

from warning.child_names import CHILD
from warning.children import child_rows, named_alike, told_by_texts, told_together, without
from warning.digits import (
    hidden_address,
    hidden_number,
    holds_number,
    without_houses,
    without_numbers,
)
from warning.escalation.bundles import carried
from warning.masking import (
    SureNames,
    all_names,
    bare_names,
    masked,
    people_named,
    sure_names,
    without_names,
    without_people,
)
from warning.outputs import output_file, written_in_words
from warning.records import FREE_TEXTS, RECORD
from warning.scoring.known_facts import facts_of
from warning.settings import Settings, load_settings
from warning.store import Store, tables
from warning.store.exported import ALWAYS, EXPORTED, note_files
from warning.tabular import among_keys, among_names

#: A cell that begins with one of these is a formula to a spreadsheet, full-width ones to some.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


#: Tables of people, written only where they are asked for, and then masked by default.
PEOPLE = ("records", "parties")
#: What masked ones leave blank.
LEFT_OUT_OF_RECORDS = ("narrative", "longitude", "latitude")
LEFT_OUT_OF_PARTIES = ("gender", "age")
#: And what in matters of domestic violence, where it may name a shelter or a new home.
LEFT_OUT_OF_VIOLENCE = ("village", "grid_id", "address", "handling_unit", "outcome")
LEFT_OUT_OF_ITS_PARTIES = ("address", "organisation")
#: And of a child, whose school may be an organisation.
LEFT_OUT_OF_CHILDREN = ("id_number", "phone", "address", "organisation")
#: What the number of a record is written in, and what tells that it is one (J20240301001,
#: 110-2024-000123): a capital letter, or a year beside a part.
IN_RECORD_NUMBERS = re.compile(r"[A-Za-z0-9\-_/.]+")
TELLS_A_RECORD = re.compile(r"[A-Z]|\b(?:19|20)[0-9]{2,6}[-_/.]|[-_/.](?:19|20)[0-9]{2}")


def export_tables(
    store: Store,
    out: Path,
    file_format: str,
    *,
    people: bool = False,
    unmasked: bool = False,
    noted_at: pd.Timestamp | None = None,
    settings: Settings | None = None,
) -> dict[str, int]:
    """Write every table of the contract to ``out``; returns table → rows.

    Where one cannot be written, none takes its name. Once all are whole they take their names in
    turn: a kill or a power cut in that moment leaves new tables beside old ones.

    The tables of links and cases are those of the last night, ``warnings`` too. Text that a
    spreadsheet would run as a formula gets a leading apostrophe in CSV.

    Args:
        store: of the tables.
        out: directory, made where it is not there.
        file_format: csv or parquet.
        people: also the records and parties known to the last night, names and numbers masked.
        unmasked: with names and numbers as they are; only the files' owner may then read them.
        noted_at: when, to note the files for retention before the first is written; None: not.
        settings: by which a masked export knows domestic violence; None: the packaged ones.

    Raises:
        UsageError: when the directory cannot be written.
    """
    written = {}
    with written_in_words(out):
        out.mkdir(parents=True, exist_ok=True)
    if noted_at is not None:
        names = [*ALWAYS, *(PEOPLE if people and store.count("runs") else ())]
        note_export(store, out, [f"{name}.{file_format}" for name in names], noted_at)
    with ExitStack() as together:  # one that fails leaves all that were there
        for name, frame in _tables(store, people=people, unmasked=unmasked, settings=settings):
            path = out / f"{name}.{file_format}"
            file = together.enter_context(output_file(path, private=unmasked))
            if file_format == "parquet":
                frame.to_parquet(file, index=False)
            else:
                without_formulas(frame).to_csv(
                    file, index=False, mode="wb", encoding="utf-8", lineterminator="\n"
                )
            file.flush()
            written[name] = len(frame)
    return written


def _tables(
    store: Store, *, people: bool, unmasked: bool, settings: Settings | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    for name, columns in EXPORTED.items():
        frame = store.last_warnings() if name == "warnings" else store.table(name)
        frame = frame[columns] if columns else frame
        if name == "runs":
            frame = frame.assign(counts=frame["counts"].map(json.dumps).astype("str"))
        if name == "quarantine" and not unmasked and len(frame):
            named = all_names(store.table("parties"), store.table("mentions"))
            frame = _quarantine_masked(frame, sure_names(named), _stored_among(store))
        yield name, frame
    letters = carried(store.table("letters"))
    yield "letter_cases", letters[["letter_id", "case_id"]].reset_index(drop=True)
    runs = store.runs()
    if people and len(runs):
        tables = store.known(runs["as_of"].max())
        if not unmasked:
            withheld = store.withheld(runs["as_of"].max())
            violent = violent_matters(store, tables[0], settings or load_settings())
            everybody = people_named(pd.concat([tables[1], withheld]), store.table("mentions"))
            children = children_of(store, *tables, withheld, everybody)
            tables = masked_people(*tables, everybody, violent, children)
        yield from zip(PEOPLE, tables, strict=True)


def _stored_among(store: Store) -> frozenset[str]:
    """Numbers of records in quarantine that stored records have, too."""
    record_id = tables.records.c.record_id
    query = select(record_id).where(record_id.in_(select(tables.quarantine.c.content)))
    with store.reading() as connection:
        return frozenset(connection.execute(query.distinct()).scalars())


def _quarantine_masked(
    quarantine: pd.DataFrame, everybody: SureNames, stored: Collection[str]
) -> pd.DataFrame:
    """What stood in a row that could not be read may be anybody's name or number.

    So may the name of its file, and where columns were shifted the number of its record: that
    stays where a stored record has it or where it looks like no other number.
    """

    def named(text: str) -> str:
        """A file's date stays."""
        named = without_names(text, (), everybody)
        return without_numbers(named) if holds_number(named) else named

    def numbered(text: str) -> str:
        """Not that of a card, a landline or a car, which have neither letter nor year."""
        number = text in stored or (
            IN_RECORD_NUMBERS.fullmatch(text)
            and TELLS_A_RECORD.search(text)
            and any(sign.isdecimal() for sign in text)
        )
        return named(text) if number and not holds_number(text) else hidden_number(text)

    return _hiding(quarantine, {"found": hidden_number, "content": numbered, "file": named})


def violent_matters(store: Store, records: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """channel, record_id of the records of violent incidents, and of the matters they belong to.

    Args:
        store: for the links of the last night.
        records: canonical, that it knew.
        settings: by which domestic violence is known.
    """
    facts = facts_of(records, settings)
    violent = facts.loc[facts["domestic_violence"].astype(bool), RECORD]
    linked = store.table("incident_links")
    incidents = linked.loc[among_keys(linked, violent, RECORD), "incident_id"]
    cases, members = store.table("cases"), store.table("case_incidents")
    matters = cases.loc[cases["kind"] == "matter", "case_id"]
    members = members[among_names(members["case_id"], matters)]
    theirs = members.loc[among_names(members["incident_id"], incidents), "case_id"]
    together = members.loc[among_names(members["case_id"], theirs), "incident_id"]
    told = among_names(linked["incident_id"], pd.concat([incidents, together]))
    return pd.concat([violent, linked.loc[told, RECORD]]).drop_duplicates(ignore_index=True)


class Children(NamedTuple):
    """The children of an export.

    Attributes:
        rows: which rows of parties are of a child.
        told: channel, record_id, child: the names, as written, of the children of each record and
            of its cases.
    """

    rows: npt.NDArray[np.bool_]
    told: pd.DataFrame


def children_of(
    store: Store,
    records: pd.DataFrame,
    parties: pd.DataFrame,
    withheld: pd.DataFrame,
    named: pd.DataFrame,
) -> Children:
    """Who was under 18 when it was reported, by a row or a narrative of the same record or case.

    Args:
        store: for the links of the last night.
        records, parties: as that night knew them.
        withheld: channel, record_id, name, child of who objected.
        named: whom texts may name, of :func:`warning.masking.people_named`.
    """
    linked, members = store.table("incident_links"), store.table("case_incidents")
    cases = members.merge(linked, on="incident_id")[["case_id", *RECORD]]
    own = child_rows(parties, records)
    objected = withheld["child"].eq(other=True)
    young = pd.concat([parties[own], withheld[objected]])[[*RECORD, "name"]].dropna()
    told = told_together(young.rename(columns={"name": "child"}), cases)
    alone = records.loc[~among_keys(records, cases, RECORD), RECORD]
    alone = alone.assign(case_id=alone["channel"] + "|" + alone["record_id"])
    texts = records[[*RECORD, "reported_at", "narrative"]]
    texts = texts.merge(pd.concat([cases, alone]), on=RECORD)
    told = pd.concat([told, told_by_texts(texts, named, parties, told)])
    told = told.drop_duplicates(ignore_index=True)
    return Children(own | named_alike(parties, told), told)


def masked_people(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    named: pd.DataFrame,
    violent: pd.DataFrame,
    children: Children,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables with names, numbers and house numbers hidden, in every text.

    Left out are narratives, which may name anybody, also who is no party of the record;
    coordinates, which tell the house; sex and age, which tell who a neighbour is. Of domestic
    violence so are places, units, outcomes and organisations: a victim's shelter. A child is told
    as one, without surname, number, address and organisation, and has neither name nor school in
    other texts.

    Args:
        records, parties: as a night knows them.
        named: whom texts may name, of :func:`warning.masking.people_named`.
        violent: channel, record_id, of :func:`violent_matters`.
        children: of :func:`children_of`.
    """
    records = _blank(records, LEFT_OUT_OF_VIOLENCE, among_keys(records, violent, RECORD))
    parties = _blank(parties, LEFT_OUT_OF_ITS_PARTIES, among_keys(parties, violent, RECORD))
    parties = _blank(parties, LEFT_OUT_OF_CHILDREN, children.rows)
    hide = {"name": masked, "id_number": hidden_number, "phone": hidden_number,
            "address": hidden_address}  # fmt: skip
    records, parties = _texts_masked([records, parties], named, children.told)
    parties = _hiding(parties, hide)
    parties = parties.assign(name=parties["name"].mask(children.rows, CHILD))
    return (
        _blank(_hiding(records, {"address": hidden_address}), LEFT_OUT_OF_RECORDS),
        _blank(parties, LEFT_OUT_OF_PARTIES),
    )


def _texts_masked(
    frames: Iterable[pd.DataFrame], named: pd.DataFrame, told: pd.DataFrame
) -> list[pd.DataFrame]:
    """The frames with names, numbers and houses hidden wherever a source may write any.

    Beside them the children whom :attr:`Children.told` tells of, and their schools.
    """
    everybody = sure_names(named["name"])
    whom = {key: bare_names(own) for key, own in named.groupby(RECORD)["name"]}
    young = {key: frozenset(theirs) for key, theirs in told.groupby(RECORD)["child"]}
    nobody: frozenset[str] = frozenset()
    found = []
    for frame in frames:
        keys = list(zip(frame["channel"], frame["record_id"], strict=True))
        columns = [name for name in FREE_TEXTS if name in frame and name != "narrative"]
        texts = {}
        for column in columns:
            shown = [
                without_houses(
                    without_people(
                        without(text, young.get(key, nobody)), whom.get(key, ()), everybody
                    )
                )
                if isinstance(text, str)
                else text
                for key, text in zip(keys, frame[column], strict=True)
            ]
            texts[column] = pd.Series(shown, index=frame.index, dtype=frame[column].dtype)
        found.append(frame.assign(**texts))
    return found


def _hiding(frame: pd.DataFrame, hide: Mapping[str, Callable[[str], str]]) -> pd.DataFrame:
    return frame.assign(
        **{
            column: frame[column].map(change, na_action="ignore").astype("str")
            for column, change in hide.items()
        }
    )


def _blank(
    frame: pd.DataFrame, columns: Iterable[str], where: npt.NDArray[np.bool_] | None = None
) -> pd.DataFrame:
    """The frame without what these columns hold, in these rows; None: in all."""
    rows = np.ones(len(frame), np.bool_) if where is None else where
    return frame.assign(**{name: frame[name].mask(rows) for name in columns})


def note_export(store: Store, out: Path, names: Iterable[str], at: pd.Timestamp) -> None:
    """Note which files were written where, so that retention finds and deletes them."""
    with store.writing() as connection:
        note_files(connection, out, names, at.to_pydatetime())


def write_people(store: Store, path: Path, content: str | bytes, at: pd.Timestamp) -> None:
    """Write a file in which people stand unmasked.

    Only its owner may read it, and it is noted for retention and erasure before anything of it is
    on the disk.

    Raises:
        UsageError: it cannot be written.
    """
    with output_file(path, private=True) as file:
        note_export(store, path.parent, [path.name], at)
        file.write(content.encode() if isinstance(content, str) else content)


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text cells that begin like a formula made plain text."""
    safe = frame.copy()
    for name in frame.columns:
        if pd.api.types.is_string_dtype(frame[name].dtype):
            risky = frame[name].str.startswith(FORMULA_STARTS).fillna(False).astype(bool)
            if risky.any():
                safe[name] = frame[name].where(~risky, "'" + frame[name])
    return safe
