"""The evidence behind every pair of a kind, to look at, to review and to judge.

Links are made again from what was known, with the verdicts: the same function of the same
arguments gives the same parts as the night's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.copies import with_copies
from warning.matching.decided import decided, pairs_at_rest
from warning.matching.incident_evidence import Facts, bits_of, facts_of
from warning.matching.incident_evidence import levels_of as incident_levels
from warning.matching.incidents import incident_clusters
from warning.matching.linker.calibration import Calibration
from warning.matching.linker.linkage import Linkage, Relations
from warning.matching.linker.specification import Levels, Rows, Specification
from warning.matching.linker.stage import levels_of
from warning.matching.linker.table import Encoded, encode
from warning.matching.linker.weights import parts
from warning.matching.links import Previous
from warning.matching.mentions import TOLD, told_parties
from warning.matching.named_records import with_named
from warning.matching.organisations import (
    link_organisations,
    organisation_specification,
    with_organisations,
)
from warning.matching.person_comparisons import person_specification
from warning.matching.persons import link_persons, linking_frame, standardise_people
from warning.matching.places import link_places
from warning.matching.relations import PersonRelations
from warning.matching.standardise.narrative import narrative_mentions
from warning.matching.standardise.organisations import organisations
from warning.matching.vocabulary import with_codes
from warning.records import PARTY, RECORD, keys_of
from warning.settings import Settings
from warning.settings.matching_incidents import LEVELS, IncidentEvidence
from warning.tabular import among_names

#: What a pair has beside its parts.
OWN = ("left", "right", "prior", "weight", "probability", "is_link")
KINDS = ("person", "organisation", "incident")


@dataclass(frozen=True)
class Model:
    """How the linker compared: what is needed to compare any pair, or a pair with less known."""

    frame: pd.DataFrame
    specification: Specification
    found: Linkage
    relations: Relations | None = None

    @cached_property
    def encoded(self) -> Encoded:
        """The compared table in codes."""
        return encode(self.frame, self.specification)

    def levels(self, left: int, right: int) -> dict[str, Levels]:
        """Comparison → the level of one pair, as an array of one."""
        return levels_of(self.encoded, self.specification, *_one(left, right))

    def parts(self, left: int, right: int, levels: Mapping[str, Levels]) -> dict[str, float]:
        """Bits of one pair's comparisons if it stood on these levels."""
        found = parts(
            levels, *_one(left, right), self.encoded, self.specification, self.found.weights
        )
        return {name: float(bits[0]) for name, bits in found.items()}

    def related(self, left: int, right: int) -> dict[str, float]:
        """Bits of one pair's relations, by the clusters as they are."""
        if self.relations is None:
            return {}
        found = self.relations.parts(self.found.cluster, *_one(left, right))
        return {name: float(bits[0]) for name, bits in found.items()}


@dataclass(frozen=True)
class Events:
    """How reports are compared as telling of one event: what is needed to compare any two.

    Attributes:
        facts: one entry a row of the evidence.
        settings: the bits of each level, and the window.
    """

    facts: Facts
    settings: IncidentEvidence

    def compared(self, left: int, right: int) -> tuple[dict[str, str], dict[str, float]]:
        """Comparison → its level, and its bits, of one pair."""
        low, high = np.array([min(left, right)]), np.array([max(left, right)])
        levels = incident_levels(self.facts, low, high)
        bits = bits_of(levels, self.settings)
        names = {name: LEVELS[name][int(level[0])] for name, level in levels.items()}
        return names, {name: float(own[0]) for name, own in bits.items()}

    def beyond(self, left: int, right: int) -> tuple[float, float] | None:
        """Hours between two reports and the most that is compared; None where it is not more."""
        hours = float(abs(self.facts.reported[left] - self.facts.reported[right]))
        window = self.settings.window_hours
        return (hours, window) if hours > window else None


@dataclass(frozen=True)
class Evidence:
    """The pairs of one kind and what was compared.

    Attributes:
        kind: person, organisation, incident.
        rows: one row a mention: key (``channel|record_id[|party_no]``), channel, record_id and the
            values compared, by the names in ``shown``.
        pairs: left, right (positions in ``rows``), prior, a column of bits a part, weight (their
            sum), probability, is_link (one cluster); of the compared pairs those worth remembering.
        cluster: of each row, by its first row.
        threshold: probability from which a pair is a link.
        shown: comparison → column of ``rows`` with the value that was compared.
        model: of persons and organisations.
        events: of incidents.
        position: row of ``rows`` → row of the model's frame.
        blocking: rule, planned, pairs, largest, lost_pairs, lost_blocks; or rule and lost_pairs.
        largest: the largest clusters and why they hold together.
        same, different: decided pairs of rows.
        resting: pairs that were decided when one of their records named somebody else → how.
    """

    kind: str
    rows: pd.DataFrame
    pairs: pd.DataFrame
    cluster: npt.NDArray[np.int64]
    threshold: float
    shown: Mapping[str, str]
    model: Model | None = None
    position: npt.NDArray[np.int64] | None = None
    blocking: pd.DataFrame = field(default_factory=pd.DataFrame)
    largest: pd.DataFrame = field(default_factory=pd.DataFrame)
    calibration: Calibration = field(default_factory=Calibration)
    same: frozenset[tuple[int, int]] = frozenset()
    different: frozenset[tuple[int, int]] = frozenset()
    events: Events | None = None
    resting: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def parts(self) -> list[str]:
        """Names of the parts, in the order in which they are shown."""
        return [name for name in self.pairs.columns if name not in OWN]

    @cached_property
    def place(self) -> dict[str, int]:
        """Key → row."""
        return {key: row for row, key in enumerate(self.rows["key"].tolist())}

    @cached_property
    def codes(self) -> npt.NDArray[np.int64]:
        """One number a pair, in the order of ``pairs``."""
        left = self.pairs["left"].to_numpy(np.int64)
        return np.asarray(left * len(self.rows) + self.pairs["right"].to_numpy(np.int64))

    def compared(self, left: int, right: int) -> "pd.Series[float] | None":
        """The pair's row of ``pairs``; None where it was not compared, or was forgotten."""
        code = min(left, right) * len(self.rows) + max(left, right)
        found = np.flatnonzero(self.codes == code)
        return self.pairs.iloc[int(found[0])] if len(found) else None


def evidence(
    kind: str,
    records: pd.DataFrame,
    parties: pd.DataFrame,
    previous: Previous | None,
    settings: Settings,
    mentions: pd.DataFrame | None = None,
) -> Evidence:
    """Everything that speaks for and against the pairs of one kind.

    Args:
        kind: one of :data:`KINDS`.
        records, parties: canonical tables of what was known.
        previous: the store's, for its verdicts and for the entities that incidents share.
        settings: the evidence's weights.
        mentions: of incidents, the night's: whom texts name counts, too.

    Raises:
        ValueError: another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind}: one of {', '.join(KINDS)}")
    previous = with_copies(previous, records, parties)
    records, parties = with_codes(
        records.sort_values(RECORD).reset_index(drop=True),
        with_organisations(parties.sort_values(PARTY).reset_index(drop=True)),
        settings,
    )
    if kind == "organisation":
        return _organisations(records, parties, previous, settings)
    placed = link_places(
        records,
        settings.matching.places,
        parties,
        previous_links=previous.place_links if previous is not None else None,
        same=decided(previous, "place", records[RECORD], "same"),
        different=decided(previous, "place", records[RECORD], "different"),
    )
    if kind == "incident":
        acting = _acting(records, parties, previous, mentions)
        return _incidents(records, acting, placed.links, placed.places, previous, settings)
    told = told_parties(records, parties)
    everyone = pd.concat([parties, told.added]).sort_values(PARTY).reset_index(drop=True)
    matching = settings.matching
    people = standardise_people(
        everyone, records, placed.links, matching.hub_phone_names, placed.places
    )
    rows = people.frame.reset_index(drop=True)
    same = decided(previous, "person", rows[PARTY], "same")
    different = decided(previous, "person", rows[PARTY], "different")
    found = link_persons(people, matching, None, sorted(same), sorted(different))
    frame = linking_frame(rows)
    relations = PersonRelations(
        frame, matching.person.relations, matching.relation_rounds, matching.block_cap
    )
    names = dict(zip(placed.places["place_id"], placed.places["text"], strict=True))
    rows = rows.assign(
        key=keys_of(rows[PARTY]),
        place=rows["place_id"].map(names),
        kind=rows["category_code"].map(settings.channels.taxonomy).fillna(rows["category_code"]),
        told=rows["party_no"].str.startswith(TOLD),
    )
    shown = {"id": "id_number", "name": "name", "phone": "phone", "sex": "sex", "age": "born", "place": "place",
             "county": "county_code", "kind": "kind"}  # fmt: skip
    return Evidence(
        kind, rows, found.pairs, found.cluster, settings.matching.link_threshold, shown,
        Model(frame, person_specification(matching), found, relations), np.arange(len(rows)),
        found.blocking, found.largest, found.calibration, frozenset(same), frozenset(different),
        resting=pairs_at_rest(previous, rows[PARTY]),
    )  # fmt: skip


def _organisations(
    records: pd.DataFrame, parties: pd.DataFrame, previous: Previous | None, settings: Settings
) -> Evidence:
    named = organisations(parties["organisation"])
    is_one = named["core"].notna() & parties["name"].isna()
    rows = parties.loc[is_one, PARTY].reset_index(drop=True)
    rows = rows.merge(records[[*RECORD, "county_code"]], on=RECORD, how="left")
    same = decided(previous, "organisation", rows[PARTY], "same")
    different = decided(previous, "organisation", rows[PARTY], "different")
    firms = link_organisations(
        named[is_one], rows["county_code"], settings.matching, same, different
    )
    own = named.loc[is_one].reset_index(drop=True)
    rows = rows.assign(key=keys_of(rows[PARTY]), name=own["name"], trade=own["words"],
                       form=own["legal_form"])  # fmt: skip
    # Names were compared; each stands for the first row that wrote it.
    first = np.full(len(firms.names), -1, np.int64)
    first[firms.position[::-1]] = np.arange(len(rows))[::-1]
    pairs = firms.found.pairs
    one, other = first[pairs["left"].to_numpy()], first[pairs["right"].to_numpy()]
    pairs = pairs.assign(left=np.minimum(one, other), right=np.maximum(one, other))
    pairs = pairs.sort_values(["left", "right"], ignore_index=True)
    specification = organisation_specification(settings.matching)
    shown = {"name": "name", "trade": "trade", "form": "form", "county": "county_code"}
    return Evidence(
        "organisation", rows, pairs, firms.label, settings.matching.link_threshold, shown,
        Model(firms.names, specification, firms.found), firms.position, firms.found.blocking,
        firms.found.largest.assign(
            cluster=first[firms.found.largest["cluster"].to_numpy(np.int64)]),
        same=frozenset(same), different=frozenset(different),
    )  # fmt: skip


def _acting(
    records: pd.DataFrame, parties: pd.DataFrame, previous: Previous | None,
    mentions: pd.DataFrame | None,
) -> pd.DataFrame:  # fmt: skip
    """Whom each record tells of as more than its handler: the columns."""
    columns = [*RECORD, "entity_id", "entity_type", "role_code"]
    if previous is None:
        return pd.DataFrame(columns=columns)
    own = previous.party_links.merge(parties[[*PARTY, "role_code"]], on=PARTY)
    here = own.loc[own["role_code"] != "handler", columns]
    if mentions is None:
        return here
    # Who has a row of its own counts by its row, wherever the text names it again.
    who = [*RECORD, "entity_id"]
    told = mentions.drop(columns="role", errors="ignore").dropna(subset=who)
    told = told.merge(own[who].drop_duplicates(), how="left", indicator=True)
    told = told[told["_merge"] == "left_only"]
    texts = narrative_mentions(records[among_names(records["record_id"], told["record_id"])])
    told = told.merge(texts[[*RECORD, "start", "role"]], on=[*RECORD, "start"], how="left")
    told = told.assign(
        entity_type=told["kind"].where(told["kind"] == "organisation", "person"),
        role_code=told["role"],
    )
    return pd.concat([here, told[columns]]).drop_duplicates()


def _incidents(
    records: pd.DataFrame, acting: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame,
    previous: Previous | None, settings: Settings,
) -> Evidence:  # fmt: skip
    position = records[RECORD].assign(row=np.arange(len(records)))
    acting = acting.merge(position, on=RECORD)
    entities = acting[["row", "entity_type", "role_code"]].assign(
        entity=pd.factorize(acting["entity_id"])[0]
    )
    same = decided(previous, "incident", records[RECORD], "same")
    different = decided(previous, "incident", records[RECORD], "different")
    named = with_named(records, records).records
    facts = facts_of(named, entities, place_links, places, settings.matching.incident)
    cluster, _, pairs, lost = incident_clusters(
        named,
        entities,
        place_links,
        places,
        settings.matching,
        same,
        different,
    )
    names = dict(zip(places["place_id"], places["text"], strict=True))
    where = records[RECORD].merge(place_links, on=RECORD, how="left")["place_id"].map(names)
    count = entities.groupby("row")["entity"].nunique().reindex(range(len(records)), fill_value=0)
    rows = records[RECORD].assign(
        key=keys_of(records[RECORD]),
        time=records["reported_at"].dt.strftime("%Y-%m-%d %H:%M"),
        told=_told(facts),
        place=where,
        people=count.astype("str"),
        kind=records["category_code"].map(settings.channels.taxonomy),
        text=records["narrative"],
        channels=records["channel"],
    )
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    pairs = pairs.assign(is_link=cluster[left] == cluster[right])
    blocking = pd.DataFrame({"rule": [name.rpartition(" by ")[2] for name in lost],
                             "lost_pairs": list(lost.values())})  # fmt: skip
    shown = {name: name for name in ("time", "told", "place", "people", "kind", "text", "channels")}
    return Evidence(
        "incident", rows, pairs, cluster, settings.matching.incident_threshold, shown,
        blocking=blocking, same=frozenset(same), different=frozenset(different),
        events=Events(facts, settings.matching.incident),
    )  # fmt: skip


def _told(facts: Facts) -> pd.Series:
    """When each record itself says that it happened: a day, with its hour where it tells one."""
    start, end = facts.told.start, facts.told.end
    days = pd.Series(pd.to_datetime(np.floor(start / 24), unit="D"))
    hours = np.where(start == end, start % 24, np.nan).tolist()
    texts = ["" if np.isnan(hour) else f" {hour:02.0f}:00" for hour in hours]
    return days.dt.strftime("%Y-%m-%d").astype("str") + pd.Series(texts, dtype="str")


def _one(left: int, right: int) -> tuple[Rows, Rows]:
    low, high = min(left, right), max(left, right)
    return np.array([low], np.int32), np.array([high], np.int32)
