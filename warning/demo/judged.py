"""How well the city was linked, against its truth."""

import pandas as pd

from warning.demo.city import City
from warning.matching.evaluation import b_cubed, pairwise

PARTY = ["channel", "record_id", "party_no"]
RECORD = ["channel", "record_id"]


def judge(
    city: City, party_links: pd.DataFrame, place_links: pd.DataFrame, incident_links: pd.DataFrame
) -> pd.DataFrame:
    """Precision, recall and F1 of links against the truth.

    Returns:
        what (people, minority names, organisations, places at room grain, incidents), rows,
        precision, recall, f1 (over pairs), b_cubed_f1; and masked parties: of the pairs of a
        masked party with another row of its person, those found.
    """
    truth = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    parties = truth.merge(party_links, on=PARTY, suffixes=("_true", ""))
    person = parties["entity_type_true"] == "person"
    places = city.truth_places.merge(place_links, on=RECORD, suffixes=("_true", ""))
    incidents = city.truth_incidents.merge(incident_links, on=RECORD, suffixes=("_true", ""))
    rows = [
        _scored("people", parties[person], "entity_id"),
        _scored("minority names", parties[person & parties["is_minority"]], "entity_id"),
        _masked(parties[person]),
        _scored("organisations", parties[~person], "entity_id"),
        _scored("places (room)", places[places["grain_true"] == "room"], "place_id"),
        _scored("incidents", incidents, "incident_id"),
    ]
    return pd.DataFrame(rows)


def _scored(what: str, frame: pd.DataFrame, column: str) -> dict[str, object]:
    found, truth = frame[column].to_numpy(), frame[f"{column}_true"].to_numpy()
    pairs, cubed = pairwise(found, truth), b_cubed(found, truth)
    return {
        "what": what,
        "rows": len(frame),
        "precision": pairs.precision,
        "recall": pairs.recall,
        "f1": pairs.f1,
        "b_cubed_f1": cubed.f1,
    }


def _masked(people: pd.DataFrame) -> dict[str, object]:
    """Pairs with at least one masked party: all pairs less those among the unmasked."""
    counts = []
    for frame in (people, people[~people["is_masked"]]):
        sizes = [
            frame.groupby(columns).size()
            for columns in (["entity_id", "entity_id_true"], ["entity_id"], ["entity_id_true"])
        ]
        counts.append([int((size * (size - 1) // 2).sum()) for size in sizes])
    right, found, true = (a - b for a, b in zip(*counts, strict=True))
    precision, recall = right / max(1, found), right / max(1, true)
    return {
        "what": "masked parties",
        "rows": int(people["is_masked"].sum()),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-12, precision + recall),
        "b_cubed_f1": float("nan"),
    }
