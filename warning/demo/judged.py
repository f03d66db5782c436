"""How well the city was linked, against its truth: every figure is counted, none is assumed."""

import numpy as np
import pandas as pd

from warning.demo.truth import Truth
from warning.matching.evaluation import b_cubed, pairwise
from warning.records import PARTY, RECORD

SPAN = [*RECORD, "start", "end"]
GRAINS = ("room", "building", "compound", "group", "village", "poi", "town")
COLUMNS = ("what", "rows", "precision", "recall", "f1", "b_cubed_precision", "b_cubed_recall",
           "b_cubed_f1")  # fmt: skip


def judge(
    city: Truth,
    party_links: pd.DataFrame,
    place_links: pd.DataFrame,
    incident_links: pd.DataFrame,
    *,
    mentions: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
    case_incidents: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Precision, recall and F1 of links against the truth.

    Args:
        city: the truth.
        party_links, place_links, incident_links: as in :class:`warning.matching.links.Links`.
        mentions: of the same; judged where given and not empty.
        cases, case_incidents: of the same; the cases of kind matter are judged where given.

    Returns:
        Columns :data:`COLUMNS`; shares are over pairs, b_cubed ones over rows. One row each:
        people; minority names, other names, and the first less the second; masked parties (pairs
        with a masked party alone; no B³); organisations; places by grain of what was written;
        incidents; matters (of records); mentions (rows: found spans; precision: of them those
        where the truth has one; recall: of parties that stand only in the text those found);
        told parties (pairs with such a party on either side; no B³).
    """
    truth = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    parties = truth.merge(party_links, on=PARTY, suffixes=("_true", ""))
    person = parties["entity_type_true"] == "person"
    people = parties[person]
    places = city.truth_places.merge(place_links, on=RECORD, suffixes=("_true", ""))
    incidents = city.truth_incidents.merge(incident_links, on=RECORD, suffixes=("_true", ""))
    minority = _scored("minority names", people[people["is_minority"]], "entity_id")
    others = _scored("other names", people[~people["is_minority"]], "entity_id")
    rows = [
        _scored("people", people, "entity_id"),
        minority,
        others,
        _difference(minority, others),
        _added("masked parties", people, people["is_masked"].to_numpy(bool)),
        _scored("organisations", parties[~person], "entity_id"),
    ]
    for grain in GRAINS:
        told = places[places["grain_true"] == grain]
        if len(told):
            rows.append(_scored(f"places ({grain})", told, "place_id"))
    rows.append(_scored("incidents", incidents, "incident_id"))
    if cases is not None and case_incidents is not None:
        rows.append(_matters(city, incidents, cases, case_incidents))
    if mentions is not None and len(mentions):
        found = _found(city.truth_mentions, mentions)
        rows.append(_spans(city.truth_mentions, found))
        rows.append(_told(people, city.truth_mentions, found))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(what: str, rows: int, precision: float, recall: float) -> dict[str, object]:
    total = precision + recall
    f1 = 2 * precision * recall / total if total else 0.0
    return {"what": what, "rows": rows, "precision": precision, "recall": recall, "f1": f1}


def _scored(what: str, frame: pd.DataFrame, column: str) -> dict[str, object]:
    found, truth = frame[column].to_numpy(), frame[f"{column}_true"].to_numpy()
    pairs, cubed = pairwise(found, truth), b_cubed(found, truth)
    return _row(what, len(frame), pairs.precision, pairs.recall) | {
        "b_cubed_precision": cubed.precision,
        "b_cubed_recall": cubed.recall,
        "b_cubed_f1": cubed.f1,
    }


def _difference(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    """One row less another; positive: the first is the better."""
    less = {
        name: float(str(one[name])) - float(str(other[name]))
        for name in COLUMNS
        if name not in {"what", "rows"}
    }
    return {"what": "minority less other", "rows": one["rows"]} | less


def _added(
    what: str, frame: pd.DataFrame, added: "np.typing.NDArray[np.bool_]"
) -> dict[str, object]:
    """Pairs with at least one added row: all pairs less those among the rest."""
    counts = []
    for part in (frame, frame[~added]):
        sizes = [
            part.groupby(columns).size()
            for columns in (["entity_id", "entity_id_true"], ["entity_id"], ["entity_id_true"])
        ]
        counts.append([int((size * (size - 1) // 2).sum()) for size in sizes])
    right, found, true = (a - b for a, b in zip(*counts, strict=True))
    return _row(what, int(added.sum()), right / max(1, found), right / max(1, true))


def _matters(
    city: Truth, incidents: pd.DataFrame, cases: pd.DataFrame, case_incidents: pd.DataFrame
) -> dict[str, object]:
    """Records by the case of kind matter that holds their incident; outside any, by the incident."""
    matters = cases.loc[cases["kind"] == "matter", "case_id"]
    held = case_incidents[case_incidents["case_id"].isin(matters)]
    held = held.drop_duplicates("incident_id").set_index("incident_id")
    case = incidents["incident_id"].map(held["case_id"].to_dict())
    true = city.truth_matters.set_index("incident_id")["matter_id"].to_dict()
    frame = pd.DataFrame(
        {
            "case_id": incidents["incident_id"].where(case.isna(), case.astype("str")),
            "case_id_true": incidents["incident_id_true"].map(true),
        }
    )
    return _scored("matters", frame, "case_id")


def _found(truth: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
    """The mentions with what the truth says of the same span (``entity_id_true``, ``only_told``).

    A span is the same where it ends at the same character and starts at it or one beside: 其丈夫
    or 丈夫.
    """
    near = [truth.assign(start=truth["start"] + step, _step=abs(step)) for step in (0, 1, -1)]
    known = pd.concat(near)[[*SPAN, "kind", "entity_id", "only_told", "_step"]]
    known = known.sort_values("_step", kind="stable").drop_duplicates(SPAN)
    found = mentions[[*SPAN, "entity_id"]].astype({"start": "int64", "end": "int64"})
    return found.merge(known, on=SPAN, how="left", suffixes=("", "_true"))


def _spans(truth: pd.DataFrame, found: pd.DataFrame) -> dict[str, object]:
    told = found["only_told"].eq(True) & ~found.duplicated([*RECORD, "end"])
    return _row(
        "mentions",
        len(found),
        float(found["entity_id_true"].notna().mean()),
        float(told.sum() / max(1, int(truth["only_told"].sum()))),
    )


def _told(people: pd.DataFrame, truth: pd.DataFrame, found: pd.DataFrame) -> dict[str, object]:
    """Parties that stand only in the text, linked with the others; one not found is alone."""
    persons = truth["only_told"] & (truth["kind"] != "organisation")
    told = truth.loc[persons, [*RECORD, "end", "entity_id"]]
    seen = found.loc[found["entity_id_true"].notna(), [*RECORD, "end", "entity_id"]]
    told = told.merge(
        seen.drop_duplicates([*RECORD, "end"]), on=[*RECORD, "end"], how="left",
        suffixes=("_true", ""),
    )  # fmt: skip
    alone = pd.Series([f"not found {k}" for k in range(len(told))], index=told.index, dtype="str")
    told["entity_id"] = told["entity_id"].astype("str").where(told["entity_id"].notna(), alone)
    columns = ["entity_id", "entity_id_true"]
    frame = pd.concat([people[columns], told[columns]], ignore_index=True)
    return _added("told parties", frame, np.arange(len(frame)) >= len(people))
