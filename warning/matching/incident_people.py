"""What two reports say of being one event by whom they name."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.pairs import Integers
from warning.settings.matching_incidents import LEVELS

Levels = npt.NDArray[np.int64]
#: Whom a report names: nobody, nobody but who calls, somebody of the quarrel, both of its sides.
NOBODY, CALLERS, SOMEBODY, BOTH_SIDES = range(4)
#: As what somebody counts who has several roles in one record: the first of these.
ROLES = {"respondent": 0, "party": 1, "claimant": 2, "reporter": 3}


def whom_named(size: int, entities: pd.DataFrame) -> Integers:
    """Whom each of ``size`` records names: ``NOBODY`` to ``BOTH_SIDES``.

    Args:
        entities: row, entity, role_code; handlers left out.
    """
    # Whoever stands in a record twice is one, on the side where he is asked before where he asks.
    order = entities["role_code"].map(ROLES).fillna(len(ROLES))
    own = entities.assign(order=order).sort_values("order").drop_duplicates(["row", "entity"])
    role = own["role_code"].to_numpy(dtype=object)
    row = own["row"].to_numpy(np.int64)
    caller = role == "reporter"

    def has(chosen: npt.NDArray[np.bool_]) -> Integers:
        return np.bincount(row[chosen], minlength=size)

    asking = has(caller | (role == "claimant")) > 0
    sides = asking.astype(np.int64) + (has(role == "respondent") > 0) + has(role == "party")
    return np.select(
        [sides >= 2, has(~caller) > 0, asking], [BOTH_SIDES, SOMEBODY, CALLERS], NOBODY
    ).astype(np.int64)


def times_told(entity: Integers, reported: npt.NDArray[Any]) -> Integers:
    """In how many of its records an entity stood by each of them, that one included.

    Only what was reported until then counts, so that no later record changes what an earlier one
    says.

    Args:
        entity, reported: of each record of an entity, once.
    """
    order = np.lexsort((reported, entity))
    table = pd.DataFrame({"entity": entity[order], "reported": reported[order]})
    count = table.groupby("entity").cumcount() + 1
    # Of several at one moment the order tells nothing.
    count = count.groupby([table["entity"], table["reported"]]).transform("max")
    found = np.empty(len(entity), np.int64)
    found[order] = count.to_numpy(np.int64)
    return found


def people_levels(
    entities: pd.DataFrame, named: Integers, many: int,
    left: Integers, right: Integers, together: npt.NDArray[np.bool_], claims: npt.NDArray[np.bool_],
) -> Levels:  # fmt: skip
    """How many people and organisations two records share, and whom else they name.

    Args:
        entities: row, entity, entity_type, times (of :func:`times_told`); a row an entity of a
            record.
        named: of each record (of :func:`whom_named`).
        many: whoever has stood in so many records says less.
        left, right: the pairs' records.
        together: of each pair whether a place is told in which both are.
        claims: of each pair whether in one channel somebody claims something in both.

    Returns:
        Positions in ``LEVELS["people"]``.
    """
    pairs = pd.DataFrame({"pair": np.arange(len(left)), "left": left, "right": right})
    own = entities[["row", "entity", "entity_type", "times"]]
    first = pairs.merge(own, left_on="left", right_on="row").drop(columns="row")
    joined = first.merge(own[["row", "entity", "times"]], left_on=["right", "entity"],
                         right_on=["row", "entity"], suffixes=("", "_right"))  # fmt: skip
    at = joined["pair"].to_numpy(np.int64)

    def shared(chosen: "pd.Series[bool]") -> npt.NDArray[np.bool_]:
        return np.bincount(at[chosen.to_numpy(bool)], minlength=len(left)) > 0

    count = np.bincount(at, minlength=len(left))
    often = shared(joined[["times", "times_right"]].max(axis=1) >= many)
    organisation = shared(joined["entity_type"] == "organisation")
    least = np.minimum(named[left], named[right])
    others = least == BOTH_SIDES
    names = LEVELS["people"]
    levels = {
        "two or more": count >= 2,
        "an organisation, claims of others": (count == 1) & others & organisation & claims,
        "an organisation, others opposite": (count == 1) & others & organisation,
        "one of many records, others opposite": (count == 1) & others & often,
        "one, others opposite": (count == 1) & others,
        "one of many records": (count == 1) & often,
        "one": count == 1,
        "others on both sides": others,
        "none, nor a place": ~together,
        "unnamed": least == NOBODY,
        "only callers": least == CALLERS,
    }
    return np.select(
        list(levels.values()), [names.index(name) for name in levels], names.index("none")
    )
