"""The memory of a rebuild: frames from which later nights go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.identity import previous_of
from warning.matching.linker.calibration import Calibration
from warning.matching.linker.specification import Weights
from warning.records import RECORD, VERSION
from warning.tabular import among_names

Hashes = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
#: A hash that stands for nothing.
NONE = np.uint64(0)
#: The secret where none is given: its hashes hide nothing from whoever has this file.
UNSEALED = "0123456789abcdef"
#: Of the layout of these frames; a memory of another one is not used.
LAYOUT = "10"


@dataclass(frozen=True)
class Memory:
    """What a rebuild found and weighed by, as frames by name.

    ``frames`` holds:

    * ``facts`` (name, text) and ``figures`` (name, value): whose memory this is, and the numbers
      that weigh: prior, people (rows), slope and shift of the calibration;
    * ``records``: channel, record_id, signature (uint64), reported_at, sorted by key;
    * ``people``: one row a person row, those told in texts among them: key, standardised name,
      place, moment, side, born (a year), entity_id, since (the entity's first report), record (uint64), ``key:N``
      (uint64, the keyed hash of blocking rule N's key, 0 for none or a block left out), often (int32,
      a code of each certain person with very many rows, −1 for all others). No number stands in it
      but as a keyed hash;
    * ``left_out`` (rule, key): blocks above the caps; ``limits`` (rule, rows): the largest
      that would be compared;
    * ``weights`` (comparison, level, m, u), ``rarity`` (column, value, bits), ``surnames``
      (family, bits): what agreement says;
    * ``organisations``: key, organisation (as written), county_code of the record;
    * ``place_names``, ``towns``, ``compounds``, ``units``, ``grids``, ``town_counties``,
      ``name_counties``: how written addresses lead to places;
    * ``acting``: party links of all parties, told and kin ones too, with role_code, is_hub and
      aside (of ``stands_aside``);
    * ``report`` (name, count): what the rebuild's blocking did;
    * ``party_links`` to ``mentions``: the rebuild's links, as in :class:`Links`.
    """

    frames: Mapping[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.frames[name]

    @cached_property
    def facts(self) -> dict[str, str]:
        """Texts by name: layout, settings, verdicts."""
        return dict(zip(self["facts"]["name"], self["facts"]["text"], strict=True))

    @cached_property
    def figures(self) -> dict[str, float]:
        """Numbers by name."""
        return dict(zip(self["figures"]["name"], self["figures"]["value"], strict=True))

    @cached_property
    def weights(self) -> Weights:
        """The weights of people."""
        table = self["weights"]
        m, u = {}, {}
        for name, own in table.groupby("comparison", sort=False):
            ordered = own.sort_values("level")
            m[str(name)] = ordered["m"].to_numpy(float)
            u[str(name)] = ordered["u"].to_numpy(float)
        return Weights(self.figures["prior"], m, u)

    @cached_property
    def calibration(self) -> Calibration:
        """What verdicts had taught."""
        return Calibration(self.figures["slope"], self.figures["shift"])


def hashed(columns: list[pd.Series], secret: str) -> Hashes:
    """A keyed hash of each row's values; :data:`NONE` where one of them is missing.

    Args:
        columns: of one length.
        secret: 16 ASCII characters.
    """
    frame = pd.concat([own.reset_index(drop=True) for own in columns], axis=1)
    frame.columns = pd.RangeIndex(len(columns))
    found = pd.util.hash_pandas_object(frame, index=False, hash_key=secret)
    return np.where(frame.isna().any(axis=1), NONE, found.to_numpy(np.uint64) | np.uint64(1))


def key_hashes(frame: pd.DataFrame, columns: list[str]) -> Hashes:
    """A hash of each row's key, for finding rows of one run again in memory."""
    return np.asarray(
        pd.util.hash_pandas_object(frame[columns], index=False).to_numpy(np.uint64), np.uint64
    )


def signatures(records: pd.DataFrame, parties: pd.DataFrame) -> Hashes:
    """What tells a changed record from the one that was known: equal for equal content.

    Where ``records`` has the store's ``version``, key, version and when it was first reported
    tell; else the content of the record and of its parties.

    Returns:
        One number a row of ``records``.
    """
    if "version" in records.columns:
        return key_hashes(records, [*VERSION, "reported_at"])
    own = key_hashes(records, sorted(records.columns))
    beside = pd.DataFrame(
        {
            "record": key_hashes(parties, RECORD),
            "party": key_hashes(parties, sorted(parties.columns)),
        }
    )
    total = beside.groupby("record")["party"].sum()
    # A record without parties is told 0, not a missing value, which would make floats of hashes.
    told = total.reindex(key_hashes(records, RECORD), fill_value=NONE).to_numpy(np.uint64)
    return np.asarray(own ^ told, np.uint64)


def last_ids(rows: pd.DataFrame, links: pd.DataFrame, column: str, prefix: str = "") -> pd.Series:
    """As :func:`previous_of`, quick where the rows are few."""
    near = links[among_names(links["record_id"], rows["record_id"])]
    return previous_of(rows, near, column, prefix)


def among(values: Hashes, wanted: Hashes) -> Bools:
    """Which values are among the wanted; both are hashes."""
    return np.asarray(pd.Series(values).isin(pd.Series(wanted)).to_numpy(), np.bool_)
