"""Other cases of victims of domestic violence: what their texts must not tell (decision 060)."""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from warning.digits import without_doors
from warning.matching.vocabulary import with_roles
from warning.records import PARTY, RECORD
from warning.settings import Settings
from warning.tabular import among_keys, among_names

#: Who is no victim of the violence that a record tells of.
NO_VICTIMS = ("respondent", "witness", "handler")


@dataclass(frozen=True)
class Appearances:
    """Where people stand.

    Attributes:
        own: case_id, entity_id: the people of the cases.
        theirs: channel, record_id, party_no (missing: only the text names them), entity_id: the
            same people in any record.
    """

    own: pd.DataFrame
    theirs: pd.DataFrame


@dataclass(frozen=True)
class Guarded:
    """Cases in which a victim of domestic violence has a part.

    Attributes:
        cases: whose texts tell no door.
        silent: those of them whose texts are not told: one tells where somebody fled.
    """

    cases: frozenset[str]
    silent: frozenset[str]

    def text(self, case_id: str, text: Any) -> Any:
        """A text of the case, without doors where a victim has a part in it."""
        return without_doors(text) if case_id in self.cases and isinstance(text, str) else text


def appearances(
    rows: pd.DataFrame, party_links: pd.DataFrame, mentions: pd.DataFrame
) -> Appearances:
    """Who has a part in the cases, and where else.

    Args:
        rows: case_id, channel, record_id of the cases' records.
        party_links, mentions: as of :class:`warning.matching.links.Links`.
    """
    here = _people(rows["record_id"], "record_id", party_links, mentions)
    own = rows[["case_id", *RECORD]].merge(here, on=RECORD)[["case_id", "entity_id"]]
    theirs = _people(own["entity_id"].drop_duplicates(), "entity_id", party_links, mentions)
    return Appearances(own.drop_duplicates(), theirs)


def guarded(
    found: Appearances,
    violent: pd.DataFrame,
    parties: pd.DataFrame,
    rows: pd.DataFrame,
    settings: Settings,
) -> Guarded:
    """The cases in which somebody has a part who may be the victim of violence elsewhere.

    That is whoever a record of a violent incident names, but for respondents, witnesses and
    handlers: who was beaten cannot be told from who called.

    Args:
        found: of :func:`appearances`.
        violent: channel, record_id of the records of violent incidents; others may be left out
            that name none of these people.
        parties: channel, record_id, party_no, role of these records.
        rows: case_id, narrative of the cases' records.
        settings: the words of roles and refuges.
    """
    violent = violent[among_names(violent["record_id"], found.theirs["record_id"])]
    there = found.theirs[among_keys(found.theirs, violent, RECORD)]
    near = parties.loc[among_names(parties["record_id"], there["record_id"]), [*PARTY, "role"]]
    roles = with_roles(near, settings.channels)
    named = there.merge(roles, on=PARTY, how="left")
    others = named[named["role_code"].isin(NO_VICTIMS)]
    victims = named[~among_keys(named, others, [*RECORD, "entity_id"])]
    of_victims = found.own.loc[among_names(found.own["entity_id"], victims["entity_id"]), "case_id"]
    texts = rows[among_names(rows["case_id"], of_victims)]
    words = "|".join(map(re.escape, settings.escalation.refuge_words)) or "(?!)"
    fled = texts.loc[texts["narrative"].str.contains(words).fillna(value=False), "case_id"]
    return Guarded(frozenset(of_victims), frozenset(fled))


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
