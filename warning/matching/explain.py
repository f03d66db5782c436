"""Why records stand in one case: the links between their parties, in bits."""

import pandas as pd

from warning.matching.evidence import evidence
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
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    shown = pairs[mine[left] & mine[right] & (entity[left] == entity[right])]
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
