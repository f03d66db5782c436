"""People of a night: new mentions against remembered ones, and who of those is touched.

New rows are compared with the remembered rows of their blocks by the remembered weights. People
that any of them might be, or whose own mentions changed, are linked again as a whole beside the
new rows; mentions of others that stand in the same records are context and stay who they are.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.decided import last_verdicts
from warning.matching.identity import carry_over
from warning.matching.linker.calibration import calibrated_pairs
from warning.matching.linker.folding import thinned
from warning.matching.linker.linkage import link_rows
from warning.matching.linker.scored import Scored, add_pairs, bits_of, joined, names_of
from warning.matching.linker.specification import Specification
from warning.matching.linker.table import Encoded, encode
from warning.matching.links import Previous
from warning.matching.person_comparisons import RULES, person_specification
from warning.matching.persons import linking_frame, strongest_links, with_numbers
from warning.matching.relations import PersonRelations, Population, opposite_sides
from warning.matching.remembering.memory import (
    NONE,
    Bools,
    Hashes,
    Memory,
    among,
    hashed,
    last_ids,
)
from warning.records import PARTY, keys_of, record_ids_in
from warning.settings.matching import MatchingSettings
from warning.tabular import among_names

Integers = npt.NDArray[np.int64]
#: A remembered person is touched by a pair at most so many bits below the threshold. Whom only
#: relations tell is found by them; more bits (8) changed no link of 20,000 records.
SLACK = 3.0
#: Columns whose rarity the comparisons of people weigh.
RARE = ("phone", "full_name", "pinyin", "family", "place_id", "area_id")


@dataclass(frozen=True)
class Relinked:
    """What of the people is other than remembered.

    Attributes:
        rows: channel, record_id, party_no, entity_id, probability of all rows linked again.
        merges: from_id, into_id.
    """

    rows: pd.DataFrame
    merges: pd.DataFrame


def rule_hashes(frame: pd.DataFrame, secret: str) -> list[Hashes]:
    """The keyed hash of each blocking rule's key; ``frame`` is of ``linking_frame``."""
    return [hashed([frame[name] for name in rule.columns], secret) for rule in RULES]


def relink_people(
    fresh: pd.DataFrame,
    memory: Memory,
    alive: Bools,
    parties: pd.DataFrame,
    settings: MatchingSettings,
    previous: Previous,
    verdicts: tuple[pd.DataFrame, pd.DataFrame],
    secret: str,
) -> Relinked:
    """Link new person rows to the remembered ones.

    Args:
        fresh: standardised new rows, as of ``People.frame``, RangeIndex.
        memory: of the rebuild.
        alive: by row of ``memory["people"]``, whether its record still stands as it was.
        parties: canonical, all of them: the remembered rows' numbers are read from it.
        settings: of matching.
        previous: of the night before.
        verdicts: same and different: left and right, party keys joined by ``|``.
        secret: of the keyed hashes.
    """
    base = memory["people"]
    specification = replace(
        person_specification(settings),
        threshold=memory.calibration.raw(settings.link_threshold),
    )
    entity = base["entity_id"].to_numpy(dtype=object)
    pairs, keys = _candidates(fresh, memory, alive, secret)
    near = np.unique(np.concatenate([np.empty(0, np.int64), *(old for _, old in pairs)]))
    touched = set(entity[~alive])
    taken_back = last_verdicts(previous, "person", "unsure")
    touched |= set(entity[_judged(base, (*verdicts, taken_back))])
    compared = _Compared(fresh, memory, parties, specification, keys, secret, alive)
    if len(near):
        scored = compared.with_rows(near, pairs)
        likely = scored.weight >= bits_of(specification.threshold) - SLACK
        touched |= set(entity[near[scored.right[likely] - len(fresh)]])
        linked = scored.weight >= bits_of(specification.threshold)
        facing = np.stack([scored.left[linked], near[scored.right[linked] - len(fresh)]], axis=1)
        touched |= _facing(fresh, base, alive, entity, facing)
    again = alive & among_names(base["entity_id"], touched)
    context = alive & ~again & among(base["record"].to_numpy(np.uint64),
                                     base["record"].to_numpy(np.uint64)[again])  # fmt: skip
    whole = ~among_names(base["entity_id"], base["entity_id"][context])
    rows = np.concatenate([np.flatnonzero(again), np.flatnonzero(context)])
    return compared.linked(rows, whole[rows], settings, previous, verdicts)


def _judged(base: pd.DataFrame, verdicts: tuple[pd.DataFrame, ...]) -> Bools:
    """Which remembered rows a verdict names."""
    named = {text for frame in verdicts for side in ("left", "right") for text in frame[side]}
    found = np.zeros(len(base), bool)
    if named:
        ids = set().union(*map(record_ids_in, named))
        at = np.flatnonzero(among_names(base["record_id"], ids))
        found[at[among_names(keys_of(base.iloc[at][PARTY]), named)]] = True
    return found


def _candidates(
    fresh: pd.DataFrame, memory: Memory, alive: Bools, secret: str
) -> tuple[list[tuple[Integers, Integers]], list[Hashes]]:
    """Pairs (new row, remembered row) that a rule brings together; and the new rows' keys."""
    base = memory["people"]
    often = base["often"].to_numpy(np.int32)
    keys = rule_hashes(linking_frame(fresh), secret)
    left_out, limits = memory["left_out"], dict(memory["limits"].to_numpy().tolist())
    pairs = []
    for rule, own in enumerate(keys):
        shut = left_out.loc[left_out["rule"] == rule, "key"].to_numpy(np.uint64)
        own[among(own, shut)] = NONE
        wanted = np.unique(own[own != NONE])
        known = base[f"key:{rule}"].to_numpy(np.uint64)
        old = np.flatnonzero(among(known, wanted) & alive)
        # Of a person with very many rows in one block some are enough to be found by.
        old = old[thinned(pd.factorize(known[old])[0].astype(np.int32), often[old]) >= 0]
        old = old[np.argsort(known[old], kind="stable")]
        start = np.searchsorted(known[old], own, "left")
        count = np.searchsorted(known[old], own, "right") - start
        # A block that has outgrown the largest one compared is left out as the rebuild would.
        count[(own == NONE) | (count >= limits[rule])] = 0
        new = np.repeat(np.arange(len(fresh)), count)
        offset = np.arange(len(new)) - np.repeat(np.cumsum(count) - count, count)
        pairs.append((new, old[np.repeat(start, count) + offset]))
    return pairs, keys


def _facing(
    fresh: pd.DataFrame, base: pd.DataFrame, alive: Bools, entity: npt.NDArray[Any],
    linked: Integers,
) -> set[str]:  # fmt: skip
    """People with a new row's surname who face somebody whom the row beside it is linked to."""
    if not len(linked):
        return set()
    surname = fresh["name"].str.slice(0, 1)
    mates = pd.DataFrame({"record": fresh["record"], "surname": surname, "row": range(len(fresh))})
    pairs = pd.DataFrame({"row": linked[:, 0], "entity": entity[linked[:, 1]]}).drop_duplicates()
    beside = mates.merge(pairs.assign(record=fresh["record"].to_numpy()[pairs["row"]]), on="record",
                         suffixes=("", "_linked"))  # fmt: skip
    wanted = beside.loc[beside["row"] != beside["row_linked"], ["surname", "entity"]].dropna()
    own = alive & among_names(base["entity_id"], wanted["entity"])
    there = base.loc[own, ["record", "entity_id"]].rename(columns={"entity_id": "entity"})
    near = alive & among(base["record"].to_numpy(np.uint64), there["record"].to_numpy(np.uint64))
    others = base.loc[near, ["record", "entity_id", "name"]]
    others = others.assign(surname=others["name"].str.slice(0, 1))
    met = others.merge(there.drop_duplicates(), on="record").merge(
        wanted.drop_duplicates(), on=["surname", "entity"]
    )
    return set(met.loc[met["entity_id"] != met["entity"], "entity_id"])


class _Compared:
    """New rows beside chosen remembered ones, in the codes and rarities of the whole table."""

    def __init__(
        self, fresh: pd.DataFrame, memory: Memory, parties: pd.DataFrame,
        specification: Specification, keys: list[Hashes], secret: str, alive: Bools,
    ) -> None:  # fmt: skip
        self.fresh, self.memory, self.parties = fresh, memory, parties
        self.specification, self.keys, self.secret = specification, keys, secret
        self.base = memory["people"]
        self.numbers = pd.DataFrame()
        self.alive = alive

    def frame(self, rows: Integers) -> pd.DataFrame:
        """Standardised rows: the new ones, then these remembered ones, with their numbers."""
        unread = rows[~np.isin(rows, self.numbers.index)]
        self.numbers = pd.concat([self.numbers, self._numbers(unread)])
        old = self.base.iloc[rows].join(self.numbers)
        both = pd.concat([self.fresh, old[self.fresh.columns]], ignore_index=True)
        return linking_frame(both)

    def _numbers(self, rows: Integers) -> pd.DataFrame:
        """Standardised ID numbers and phones of remembered rows, by row."""
        old = self.base.iloc[rows][[*PARTY, "has_phone"]]
        own = self.parties[among_names(self.parties["record_id"], old["record_id"])]
        read = with_numbers(old.merge(own[[*PARTY, "id_number", "phone"]], on=PARTY, how="left"))
        read["phone"] = read["phone"].where(read["has_phone"])
        return read[["id_number", "status", "birth_date", "phone"]].set_axis(rows)

    def encoded(self, frame: pd.DataFrame, rows: Integers) -> Encoded:
        """In codes, with the rarity and the blocks of the whole table."""
        plain = encode(frame, self.specification)
        known = self.memory["rarity"]
        rarity = {}
        for name in plain.rarity:
            own = known[known["column"] == name]
            table = pd.Series(own["bits"].to_numpy(float), own["value"].to_numpy(np.uint64))
            value = pd.Series(hashed([frame[name]], self.secret))
            rarest = float(own["bits"].max()) if len(own) else 0.0
            bits = value.map(table).fillna(rarest).where(value != NONE, 0.0)
            rarity[name] = bits.to_numpy(np.float32)
        keys = []
        for rule, own_keys in enumerate(self.keys):
            both = np.concatenate([own_keys, self.base[f"key:{rule}"].to_numpy(np.uint64)[rows]])
            codes = pd.factorize(both)[0]
            keys.append(np.where(both == NONE, -1, codes).astype(np.int32))
        return replace(plain, rarity=rarity, keys=keys)

    def with_rows(self, rows: Integers, pairs: list[tuple[Integers, Integers]]) -> Scored:
        """Score pairs (new row, row of the memory, one of ``rows``)."""
        encoded = self.encoded(self.frame(rows), rows)
        at = np.full(len(self.base), -1, np.int64)
        at[rows] = len(self.fresh) + np.arange(len(rows))
        lots = [(new.astype(np.int32), at[old].astype(np.int32)) for new, old in pairs]
        nothing = joined([], names_of(self.specification))
        return add_pairs(encoded, self.specification, self.memory.weights, nothing, lots)

    def linked(
        self, rows: Integers, whole: Bools, settings: MatchingSettings,
        previous: Previous, verdicts: tuple[pd.DataFrame, pd.DataFrame],
    ) -> Relinked:  # fmt: skip
        """Link the new rows and these remembered ones; people of whom a part is there stay whole.

        Args:
            rows: of the memory.
            whole: of each, whether all rows of its person are there.
            settings, previous, verdicts: as of :func:`relink_people`.
        """
        frame = self.frame(rows)
        fresh = len(self.fresh)
        mentions = self.base["mentions"].to_numpy(np.int64)[rows]
        population = Population(
            int(self.memory.figures["people"]),
            np.concatenate([np.ones(fresh, np.int64), mentions]),
            dict(self.memory["surnames"].to_numpy().tolist()),
        )
        frame["record"] = pd.factorize(frame["record"])[0].astype(np.int64)
        relations = PersonRelations(
            frame, settings.person.relations, settings.relation_rounds, settings.block_cap,
            population,
        )  # fmt: skip
        old_entity = self.base["entity_id"].to_numpy(dtype=object)[rows]
        context = fresh + np.flatnonzero(~whole)
        keys = frame["channel"] + "|" + frame["record_id"] + "|" + frame["party_no"]
        position = pd.Series(np.arange(len(frame)), index=keys)
        same, different = (_positions(own, position) for own in verdicts)
        apart = opposite_sides(frame["record"].to_numpy(np.int64), frame["side"].to_numpy(np.int64))
        chain = _chains(context, old_entity[~whole])
        found = link_rows(
            frame, self.specification, self.memory.weights,
            np.concatenate([same, chain]), np.concatenate([apart, different]), relations,
            self.encoded(frame, rows),
        )  # fmt: skip
        strongest = strongest_links(
            calibrated_pairs(found.pairs, self.memory.calibration), len(frame)
        )
        before = last_ids(frame[PARTY], previous.party_links, "entity_id", "p")
        # Whose id mentions of the rebuild hold is for them to say, and they need not be here.
        theirs = among_names(before, self.base.loc[self.alive, "entity_id"])
        theirs[fresh:] &= ~before[fresh:].isin(set(old_entity)).to_numpy()
        before = before.mask(theirs, None)
        before.iloc[fresh:] = np.where(before[fresh:].notna(), before[fresh:], old_entity)
        corrected = previous.corrected(frame)
        first = self.base["since"].where(~self.base.index.isin(rows[whole]), self.base["moment"])
        moment = pd.concat([self.fresh["moment"], first.iloc[rows]], ignore_index=True)
        ids, merges = carry_over("p", found.cluster, frame[PARTY], moment, before, corrected)
        into = dict(merges.to_numpy().tolist())
        # A person of whom only a part is here is who he was, or has become another one as a whole.
        part = before.iloc[context]
        ids.iloc[context] = part.map(lambda name: into.get(name, name)).to_numpy()
        result = frame[PARTY].assign(entity_id=ids.to_numpy(), probability=strongest)
        # Of context only the name may be another one; its links were not looked at anew.
        moved = np.ones(len(frame), bool)
        moved[context] = ids.iloc[context].to_numpy() != old_entity[~whole]
        result.loc[context, "probability"] = np.nan
        return Relinked(result[moved].reset_index(drop=True), merges)


def _chains(rows: Integers, entity: npt.NDArray[Any]) -> Integers:
    """Pairs that hold the rows of one person together, whatever the evidence here."""
    order = np.argsort(pd.factorize(entity)[0], kind="stable")
    rows, entity = rows[order], entity[order]
    joins = np.flatnonzero(entity[1:] == entity[:-1])
    return np.stack([rows[joins], rows[joins + 1]], axis=1).astype(np.int64)


def _positions(pairs: pd.DataFrame, position: "pd.Series[int]") -> Integers:
    """Pairs of keys as pairs of rows, where both are here."""
    left, right = position.reindex(pairs["left"]), position.reindex(pairs["right"])
    both = left.notna().to_numpy() & right.notna().to_numpy()
    return np.stack([left.to_numpy()[both], right.to_numpy()[both]], axis=1).astype(np.int64)
