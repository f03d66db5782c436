"""Why records stand in one case: the links between their parties, in bits."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.evidence import Evidence, Model, evidence
from warning.matching.linker.calibration import PART, calibrated_pairs
from warning.matching.linker.decisions import decisions
from warning.matching.linker.linkage import related
from warning.matching.linker.reporting import pair_frame
from warning.matching.linker.scored import score_pairs
from warning.matching.linker.specification import Rows
from warning.matching.links import Previous
from warning.records import PARTY, RECORD
from warning.settings import Settings

COLUMNS = ["left", "right", "kind", "probability", "bits", "reasons"]


def case_links(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    previous: Previous | None,
    case_records: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    """The pairs of parties that hold a case's records together.

    Args:
        records, parties: all that was known, since the rarity of a name decides its weight.
        previous: the night's entities; only pairs of one entity are shown.
        case_records: channel, record_id of the case's records.
        settings: the evidence.

    Returns:
        left, right (keys channel|record_id|party_no), kind, probability, bits (the weight),
        reasons: the parts, which sum to the weight.
    """
    if previous is None:
        return pd.DataFrame(columns=COLUMNS)
    found = evidence("person", records, parties, previous, settings)
    pairs, frame = found.pairs, found.rows
    if pairs.empty:
        return pd.DataFrame(columns=COLUMNS)
    names = ["prior", *found.parts]
    key = frame["key"]
    wanted = pd.MultiIndex.from_frame(case_records[RECORD])
    mine = pd.MultiIndex.from_frame(frame[RECORD]).isin(wanted)
    entity = frame.merge(previous.party_links, on=PARTY, how="left")["entity_id"].to_numpy()
    own = pairs[entity[pairs["left"].to_numpy()] == entity[pairs["right"].to_numpy()]]
    inside = mine[own[["left", "right"]].to_numpy()]
    shown = own[inside.all(axis=1)]
    crossing = own.loc[inside.sum(axis=1) == 1, ["left", "right"]].to_numpy(np.int64)
    shown = pd.concat([shown, _stand_ins(found, shown, crossing, mine, entity)], ignore_index=True)
    return pd.DataFrame(
        {
            "left": key.to_numpy()[shown["left"]],
            "right": key.to_numpy()[shown["right"]],
            "kind": "person",
            "probability": shown["probability"].to_numpy(),
            "bits": shown["weight"].to_numpy(),
            "reasons": [
                " ".join(
                    f"{name} {value:+.1f}" for name, value in zip(names, row, strict=True) if value
                )
                for row in shown[names].itertuples(index=False)
            ],
        },
        columns=COLUMNS,
    ).sort_values(["bits", "left"], ascending=[False, True], ignore_index=True)


def _stand_ins(
    found: Evidence, shown: pd.DataFrame, crossing: npt.NDArray[np.int64],
    mine: npt.NDArray[np.bool_], entity: npt.NDArray[Any],
) -> pd.DataFrame:  # fmt: skip
    """Pairs that hold the case's own rows where the row that they were compared with is outside.

    Of somebody who is told very often one row stands for others. Where it is of no record of the
    case, the first row in it that is as certainly the same person takes its place: for the rows it
    stood for, and for those that would else have no pair.

    Args:
        found: the evidence on people.
        shown: its pairs inside the case.
        crossing: left, right of its pairs of one entity with one row in the case.
        mine: which rows are of the case.
        entity: of each row.

    Returns:
        Pairs as in ``found.pairs``, none of which is in ``shown``.
    """
    model = found.model
    if model is None or not len(crossing):
        return shown[:0]
    certain = pd.factorize(model.frame["certain"])[0]
    person = pd.Series(certain).groupby([certain, pd.factorize(entity)[0]]).ngroup().to_numpy()
    first = np.full(len(mine), -1)
    own = np.flatnonzero(mine & (certain >= 0))[::-1]
    first[person[own]] = own
    at_left = mine[crossing[:, 0]]
    inner = np.where(at_left, crossing[:, 0], crossing[:, 1])
    outer = np.where(at_left, crossing[:, 1], crossing[:, 0])
    instead = np.where(certain[outer] >= 0, first[person[outer]], -1)
    lonely = ~np.isin(inner, shown[["left", "right"]].to_numpy())
    good = (instead >= 0) & (instead != inner) & (lonely | (person[inner] == person[outer]))
    code = np.minimum(inner, instead) * len(mine) + np.maximum(inner, instead)
    known = shown["left"].to_numpy(np.int64) * len(mine) + shown["right"].to_numpy(np.int64)
    left, right = np.divmod(np.setdiff1d(code[good], known), len(mine))
    return _weighed(model, found, left.astype(np.int32), right.astype(np.int32))[[*shown]]


def _weighed(model: Model, found: Evidence, left: Rows, right: Rows) -> pd.DataFrame:
    """Any pairs of rows (left < right) as the linkage shows those that it compared."""
    linkage = model.found
    scored = score_pairs(model.encoded, model.specification, linkage.weights, left, right)
    if model.relations is not None:
        scored = related(scored, model.relations, linkage.cluster, model.relations.rounds)
    told = decisions(found.same, ())
    pairs = pair_frame(scored, linkage.weights.prior_bits, linkage.cluster, told)
    return calibrated_pairs(pairs, linkage.calibration) if PART in found.pairs else pairs
