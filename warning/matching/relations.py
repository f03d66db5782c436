"""Who stands around a person: evidence that shows once clusters are known.

A party that is only 王某 is known by who is on the other side, where and over what. Each part is in
bits and explained by its name: ``counterpart`` (the other side of the two records is one person,
or may be), ``occasion`` (the same place, side and kind within a few hours), ``household`` (against:
at one place a surname alone says less, because families share it).
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.identity import Bools
from warning.matching.linker.blocking import pairs_in_blocks, plan
from warning.matching.linker.clustering import Integers
from warning.matching.linker.specification import Rows
from warning.matching.linker.weights import Bits
from warning.settings.matching_persons import Relations as RelationSettings

#: Counterparts of a row that are looked at; a record rarely names more.
MOST_COUNTERPARTS = 4
#: Rank of who has no whole name to be chosen by.
_LAST = np.uint64(2**64 - 1)
#: Distinct names of the largest place that is asked how families share surnames.
LARGEST_HOUSEHOLD = 50


@dataclass(frozen=True)
class Population:
    """The table that rows were taken from, where only some of it is linked again.

    Attributes:
        rows: how many it has.
        mentions: how many of them each row's person has there.
        surnames: family → how much less it says at one place, in bits (≤ 0).
    """

    rows: int
    mentions: Integers
    surnames: Mapping[str, float]


class PersonRelations:
    """Relations of person rows; see :class:`warning.matching.linker.linkage.Relations`."""

    names: tuple[str, ...] = ("counterpart", "occasion", "household")

    def __init__(
        self, frame: pd.DataFrame, settings: RelationSettings, rounds: int, block_cap: int,
        population: Population | None = None,
    ) -> None:  # fmt: skip
        """Read who faces whom.

        Args:
            frame: record (code), role_code, side (0 neutral, 1, 2), family, full_name, pinyin,
                place_id, category_code, moment (hours), one row a person row.
            settings: bits.
            rounds: of relations.
            block_cap: as of blocking.
            population: where the frame is a part of a larger table, that table; else None.
        """
        self.rounds, self.settings, self.block_cap = rounds, settings, block_cap
        self.counterparts, self.is_crowded = counterparts(
            frame["record"].to_numpy(np.int64), frame["side"].to_numpy(np.int64), _ranks(frame)
        )
        surnames, families = pd.factorize(frame["family"])
        self.surname = surnames.astype(np.int32)
        self.population = population
        self.full = pd.factorize(frame["full_name"])[0].astype(np.int32)
        sound = pd.factorize(frame["pinyin"].where(frame["full_name"].notna()))[0]
        self.sound = sound.astype(np.int32)
        self.reports = (frame["role_code"] == "reporter").to_numpy(bool)
        self.facing = [own.astype(np.int32) for own in self.counterparts.T]
        self.occasion = _occasions(frame)
        self.place = pd.factorize(frame["place_id"])[0].astype(np.int32)
        if population is None:
            # Two spellings of one sound are soon one person's: no two of a family.
            self.shared_surname = shared_surnames(self.place, self.surname, self.sound)
        else:
            known = [population.surnames.get(family, 0.0) for family in families]
            self.shared_surname = np.array([*known, 0.0], np.float32)
        written = pd.factorize(frame["name"])[0]
        shown = 2 * written + self.reports
        names = [np.where(own < 0, -3, shown[own]).astype(np.int32) for own in self.facing]
        #: Its side and the names that it faces, and who of them reports, tell one row of a person
        #: from another.
        self.context = (frame["side"].to_numpy(np.int32), *names)
        self.moment = frame["moment"].to_numpy(float)

    def pairs(self, labels: Integers, rows: Integers) -> tuple[Rows, Rows]:
        """Pairs of these rows with the same surname that face the same person."""
        facing = self.counterparts[rows].ravel()
        rows = np.repeat(rows, MOST_COUNTERPARTS)
        good = (facing >= 0) & (self.surname[rows] >= 0)
        rows, facing = rows[good], labels[facing[good]]
        key = self.surname[rows].astype(np.int64) * (len(labels) + 1) + facing
        codes = pd.factorize(key)[0].astype(np.int32)
        made = plan(codes, "counterpart", self.block_cap, np.inf)
        lefts, rights = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
        for one, other in pairs_in_blocks(made.key):
            a, b = rows[one].astype(np.int32), rows[other].astype(np.int32)
            lefts.append(np.minimum(a, b)[a != b])
            rights.append(np.maximum(a, b)[a != b])
        return np.concatenate(lefts), np.concatenate(rights)

    def parts(self, labels: Integers, left: Rows, right: Rows) -> dict[str, Bits]:
        """Bits of counterpart, occasion and household for pairs of rows."""
        return {
            "counterpart": self._counterpart(labels, left, right),
            "occasion": self._occasion(left, right),
            "household": self._household(left, right),
        }

    def _counterpart(self, labels: Integers, left: Rows, right: Rows) -> Bits:
        """The same person on the other side, by rarity; else whether the names there fit.

        Where one of the two stands for the person that the other faces, they are two people: in a
        quarrel within a family the names of both sides fit crosswise, too. Of a caller who reports
        several of a surname (a village's head) a mask tells little of which is meant; two names
        that differ are two whom he reports.
        """
        options = self.settings
        count = np.bincount(labels, minlength=len(labels))
        rows = len(labels)
        if self.population is not None:
            np.maximum.at(count, labels, self.population.mentions)
            rows = self.population.rows
        share = np.log2(options.counterpart_share)
        worth = np.clip(
            np.log2(rows / np.maximum(1, count)) + share, 0.0, options.counterpart_most
        ).astype(np.float32)
        result = np.zeros(len(left), np.float32)
        alike = np.zeros(len(left), bool)
        same = np.zeros(len(left), bool)
        best = np.zeros(len(left), np.float32)
        himself = np.zeros(len(left), bool)
        # Few records name more than one on a side: a column nobody fills costs nothing.
        sides = [own for own in self.facing if (own >= 0).any()]
        several = self._several_reported(labels)
        for one_side, other_side in itertools.product(sides, sides):
            a, b = one_side[left], other_side[right]
            at = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))
            a, b = a[at], b[at]
            # Of a crowd some are looked at: that these differ says nothing of the others.
            whole = ~(self.is_crowded[left[at]] | self.is_crowded[right[at]])
            result[at[whole]] = options.counterpart_other
            one, other = labels[a], labels[b]
            himself[at] |= (one == labels[right[at]]) | (other == labels[left[at]])
            met = np.flatnonzero(one == other)
            same[at[met]] = True
            said = worth[one[met]]
            called = self.reports[a[met]] & self.reports[b[met]]
            mine, yours = left[at[met]], right[at[met]]
            named = (self.sound[mine] >= 0) & (self.sound[yours] >= 0)
            among = called & ~named & np.isin(self._of_surname(one[met], mine), several)
            said[among] = np.minimum(said[among], options.counterpart_alike)
            said[called & named & (self.sound[mine] != self.sound[yours])] = 0.0
            best[at[met]] = np.maximum(best[at[met]], said)
            one, other = self.surname[a], self.surname[b]
            fit = np.flatnonzero((one == other) & (one >= 0))
            one, other = self.full[a[fit]], self.full[b[fit]]
            # Two whole names that differ do not fit, whatever their surnames; of two crowds
            # some surnames are always alike.
            unsaid = ((one < 0) | (other < 0)) & whole[fit]
            alike[at[fit]] |= unsaid | ((one == other) & (one >= 0))
        result[alike] = options.counterpart_alike
        result[same] = best[same]
        result[himself] = options.counterpart_himself
        return result

    def _of_surname(self, person: Integers, rows: Rows) -> Integers:
        """Codes of these people (labels), each with the surname of the row beside him."""
        code = person.astype(np.int64) * (len(self.surname) + 1) + self.surname[rows]
        return np.asarray(code, np.int64)

    def _several_reported(self, labels: Integers) -> Integers:
        """Codes (of :meth:`_of_surname`) of who reported people of two whole names of a surname."""
        rows = np.repeat(np.arange(len(labels), dtype=np.int32), MOST_COUNTERPARTS)
        facing = self.counterparts.ravel()
        good = (facing >= 0) & (self.sound[rows] >= 0)
        good[good] = self.reports[facing[good]]
        rows, facing = rows[good], facing[good]
        told = pd.DataFrame(
            {"code": self._of_surname(labels[facing], rows), "sound": self.sound[rows]}
        ).drop_duplicates()
        return np.asarray(told.loc[told["code"].duplicated(), "code"].unique(), np.int64)

    def _occasion(self, left: Rows, right: Rows) -> Bits:
        result = np.zeros(len(left), np.float32)
        at = np.flatnonzero(self.occasion[left] == self.occasion[right])
        one, other = left[at], right[at]
        near = np.abs(self.moment[one] - self.moment[other]) <= self.settings.occasion_hours
        near &= self.occasion[one] >= 0
        result[at[near]] = self.settings.same_occasion
        return result

    def _household(self, left: Rows, right: Rows) -> Bits:
        """What the surname said too much where it is all that is known and the place is the same."""
        result = np.zeros(len(left), np.float32)
        alike = (self.place[left] == self.place[right]) & (
            self.surname[left] == self.surname[right]
        )
        at = np.flatnonzero(alike)
        one, other = left[at], right[at]
        told = (self.place[one] >= 0) & (self.surname[one] >= 0)
        told &= (self.full[one] < 0) | (self.full[other] < 0)
        at = at[told]
        result[at] = self.shared_surname[self.surname[left[at]]]
        return result


def shared_surnames(place: Rows, surname: Rows, name: Rows) -> Bits:
    """How much less each surname says between two mentions at one place, in bits (≤ 0).

    Among different whole names at one place surnames agree more often than by chance: so many are
    of one family, counted on the table itself. Another one at a place bears a surname because he
    is of the family, or by chance.

    Args:
        place, surname, name: code of each row, −1 unknown; ``name`` of the whole name.

    Returns:
        By surname code, log2 of its share over that of another one at its place.
    """
    known = np.bincount(surname[surname >= 0], minlength=1).astype(float)
    share = np.maximum(known, 1.0) / max(1.0, known.sum())
    rows = np.flatnonzero((place >= 0) & (name >= 0))
    once = ~pd.Series(place[rows].astype(np.int64) * (len(name) + 1) + name[rows]).duplicated()
    rows = rows[once.to_numpy()]
    made = plan(place[rows], "household", LARGEST_HOUSEHOLD, np.inf)
    chance = float((share**2).sum())
    same, pairs = chance, 1.0  # one pair at random is believed beforehand
    for left, right in pairs_in_blocks(made.key):
        same += float((surname[rows[left]] == surname[rows[right]]).sum())
        pairs += len(left)
    family = max(0.0, (same / pairs - chance) / max(1e-9, 1.0 - chance))
    return np.asarray(np.log2(share / (family + (1.0 - family) * share)), np.float32)


def counterparts(
    record: Integers, side: Integers, rank: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.int64], Bools]:
    """The rows on the other side of each row's record, −1 where there are fewer.

    Args:
        record, side: of each row; side 0 faces everybody else.
        rank: of each row; of more than are looked at those of the least rank are.

    Returns:
        int64 array, rows × :data:`MOST_COUNTERPARTS`, in the order of rank; and for each row,
        whether it faces more than these.
    """
    size = len(record)
    result = np.full((size, MOST_COUNTERPARTS), -1, np.int64)
    left, right = _together(record)
    apart = (side[left] != side[right]) | (side[left] == 0)
    one = np.concatenate([left[apart], right[apart]])
    other = np.concatenate([right[apart], left[apart]])
    order = np.lexsort((other, rank[other], one))
    one, other = one[order], other[order]
    first = np.flatnonzero(np.diff(one, prepend=-1)) if len(one) else np.empty(0, np.int64)
    number = np.arange(len(one)) - np.repeat(first, np.diff(np.append(first, len(one))))
    keep = number < MOST_COUNTERPARTS
    result[one[keep], number[keep]] = other[keep]
    is_crowded = np.zeros(size, bool)
    is_crowded[one[~keep]] = True
    return result, is_crowded


def _ranks(frame: pd.DataFrame) -> npt.NDArray[np.uint64]:
    """Ranks by the sound of whole names: who comes first in one crowd does in another one, too."""
    ranks = pd.util.hash_pandas_object(frame["pinyin"], index=False).to_numpy(np.uint64)
    return np.where(frame["full_name"].notna().to_numpy(), ranks, _LAST)


def opposite_sides(record: Integers, side: Integers) -> Integers:
    """Pairs of rows of one record on opposite sides: two people, whatever else they share.

    Returns:
        int64 array, pairs × 2.
    """
    left, right = _together(record)
    apart = side[left] != side[right]
    return np.stack([left[apart], right[apart]], axis=1).astype(np.int64)


def _occasions(frame: pd.DataFrame) -> Rows:
    """Code of each row's place, kind and side; −1 without a place or a side."""
    place, kind = (
        pd.factorize(frame[c])[0].astype(np.int64) for c in ("place_id", "category_code")
    )
    side = frame["side"].to_numpy(np.int64)
    code = (place * (kind.max(initial=0) + 2) + kind + 1) * 3 + side
    return np.where((place >= 0) & (side > 0), pd.factorize(code)[0], -1).astype(np.int32)


def _together(record: Integers) -> tuple[Rows, Rows]:
    codes = pd.factorize(record)[0].astype(np.int32)
    lots = list(pairs_in_blocks(codes))
    nothing = np.empty(0, np.int32)
    return (
        np.concatenate([nothing, *(left for left, _ in lots)]),
        np.concatenate([nothing, *(right for _, right in lots)]),
    )
