"""Other cases of victims of domestic violence: what their texts must not tell (decision 060)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from warning.digits import without_doors
from warning.masking import bare_names
from warning.matching.standardise.wording import plain_words, run_together
from warning.matching.vocabulary import with_roles
from warning.records import PARTY, RECORD
from warning.settings import Settings
from warning.spelling import bare_name
from warning.tabular import among_keys, among_names, distinct_texts

#: Who is no victim of the violence that a record tells of.
NO_VICTIMS = ("respondent", "witness", "handler")


@dataclass(frozen=True)
class Appearances:
    """Where people stand.

    Attributes:
        own: case_id, incident_id, channel, record_id, party_no (missing: only the text names
            them), entity_id: the people of the cases.
        theirs: channel, record_id, party_no (missing: only the text names them), entity_id: the
            same people in any record.
    """

    own: pd.DataFrame
    theirs: pd.DataFrame


@dataclass(frozen=True)
class Guarded:
    """Incidents of other cases in which a victim of domestic violence has a part.

    Attributes:
        doorless: case_id and incident_id of those whose texts tell no door.
        silent: those of them whose texts are not told: one of the case tells where somebody fled.
        people: entity ids of these victims, of whom the store knows.
    """

    doorless: frozenset[tuple[str, str]]
    silent: frozenset[tuple[str, str]]
    people: frozenset[str]

    @property
    def cases(self) -> frozenset[str]:
        """The cases of these incidents."""
        return frozenset(case_id for case_id, _ in self.doorless | self.silent)

    def text(self, case_id: str, incident_id: str, text: Any) -> Any:
        """A text of the incident in the case, without doors where it may tell a victim's."""
        hidden = (case_id, incident_id) in self.doorless and isinstance(text, str)
        return without_doors(text) if hidden else text


def appearances(
    rows: pd.DataFrame, party_links: pd.DataFrame, mentions: pd.DataFrame
) -> Appearances:
    """Who has a part in the cases, and where else.

    Args:
        rows: case_id, incident_id, channel, record_id of the cases' records.
        party_links, mentions: as of :class:`warning.matching.links.Links`.
    """
    here = _people(rows["record_id"], "record_id", party_links, mentions)
    own = rows[["case_id", "incident_id", *RECORD]].merge(here, on=RECORD)
    theirs = _people(own["entity_id"].drop_duplicates(), "entity_id", party_links, mentions)
    return Appearances(own, theirs)


def guarded(
    found: Appearances,
    violent: pd.DataFrame,
    parties: pd.DataFrame,
    rows: pd.DataFrame,
    settings: Settings,
    objectors: pd.DataFrame,
) -> Guarded:
    """The incidents in which somebody has a part who may be the victim of violence elsewhere.

    That is whoever a record of a violent incident names, but for respondents, witnesses and
    handlers: who was beaten cannot be told from who called. Who objected has no link, and is known
    by the name. A handler has no part in what they handle. In a matter, which is one quarrel, no
    text tells a door; in cases of a person, place or organisation the texts of strangers do.

    Args:
        found: of :func:`appearances`.
        violent: channel, record_id of the records of violent incidents; others may be left out
            that name none of these people.
        parties: channel, record_id, party_no, role of these records and of the cases'.
        rows: case_id, kind, incident_id, channel, record_id, narrative of the cases' records.
        settings: the words of roles and refuges.
        objectors: channel, record_id, name of who objected.
    """
    there = found.theirs[among_keys(found.theirs, violent, RECORD)]
    victims = but_for(NO_VICTIMS, there, parties, settings)["entity_id"]
    own = found.own[among_names(found.own["entity_id"], victims)]
    own = but_for(("handler",), own, parties, settings)
    beaten = bare_names(objectors.loc[among_keys(objectors, violent, RECORD), "name"])
    theirs = pd.concat([own[["case_id", "incident_id"]], _naming(beaten, rows, objectors)])
    texts = rows[among_keys(rows, theirs, ["case_id", "incident_id"])]
    flights = tell_refuge(texts["narrative"].fillna(""), settings)
    fled = texts["case_id"][np.array(flights, bool)]
    matters = texts.loc[texts["kind"] == "matter", "case_id"]
    doorless = pd.concat([texts, rows[among_names(rows["case_id"], matters)]])
    silent = texts[among_names(texts["case_id"], fled)]
    return Guarded(_pairs(doorless), _pairs(silent), distinct_texts(victims))


def but_for(
    roles: tuple[str, ...], people: pd.DataFrame, parties: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """The people but for who has one of these roles in the record, also where its text names them.

    Args:
        roles: codes.
        people: channel, record_id, party_no, entity_id.
        parties: channel, record_id, party_no, role of their records, and others or not.
        settings: the words of roles.
    """
    near = parties.loc[among_names(parties["record_id"], people["record_id"]), [*PARTY, "role"]]
    coded = with_roles(near, settings.channels)
    others = people.merge(coded.loc[coded["role_code"].isin(roles), PARTY], on=PARTY)
    return people[~among_keys(people, others, [*RECORD, "entity_id"])]


def tell_refuge(texts: Iterable[str], settings: Settings) -> list[bool]:
    """Which texts tell of somewhere that somebody may have fled to: ``refuge_words``."""
    words = plain_words(settings.escalation.refuge_words)
    return [any(word in text for word in words) for text in map(run_together, texts)]


def names_told(names: Iterable[str], texts: pd.Series) -> "pd.Series[bool]":
    """Which texts hold one of the names."""
    words = "|".join(map(re.escape, names)) or "(?!)"
    return texts.str.contains(words).fillna(value=False).astype(bool)


def _naming(names: tuple[str, ...], rows: pd.DataFrame, objectors: pd.DataFrame) -> pd.DataFrame:
    """case_id, incident_id of the rows that name one of these objectors, also in a text alone."""
    if not names:
        return rows.loc[rows.index[:0], ["case_id", "incident_id"]]
    own = objectors[among_names(objectors["name"].map(bare_name), pd.Series(names))]
    told = among_keys(rows, own, RECORD) | names_told(names, rows["narrative"])
    return rows.loc[told, ["case_id", "incident_id"]]


def _pairs(rows: pd.DataFrame) -> frozenset[tuple[str, str]]:
    return frozenset(zip(rows["case_id"], rows["incident_id"], strict=True))


def _people(
    wanted: pd.Series, column: str, party_links: pd.DataFrame, mentions: pd.DataFrame
) -> pd.DataFrame:
    """channel, record_id, party_no, entity_id of people whose ``column`` is among the wanted."""
    linked = party_links[among_names(party_links[column], wanted)]
    told = mentions[among_names(mentions[column], wanted)]
    told = told[(told["kind"] == "person") & told["entity_id"].notna()]
    return pd.concat(
        [
            linked.loc[linked["entity_type"] == "person", [*PARTY, "entity_id"]],
            told[[*RECORD, "entity_id"]].drop_duplicates(),
        ],
        ignore_index=True,
    )
