"""Reviewing links with the store: what to decide next, samples to judge, what verdicts say."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from warning.errors import Problem, RefusedError, UsageError
from warning.exporting import note_export, without_formulas
from warning.judged_samples import VERDICTS, judged_sample, strata_file
from warning.language import say
from warning.matching.evidence import KINDS, Evidence, evidence
from warning.matching.linker.calibration import fit, reliability
from warning.matching.linker.verdicts import judged_pairs, learned_weights
from warning.matching.linker.weights import probability
from warning.matching.relations import opposite_sides
from warning.matching.review import review_queue
from warning.matching.sampling import Estimate, estimate
from warning.moments import local_now
from warning.outputs import output_file, write_output
from warning.records import RECORD
from warning.settings import Settings
from warning.store import Store


def night_evidence(store: Store, kind: str, settings: Settings) -> Evidence:
    """The evidence of a kind as of the last night, with every verdict since.

    Raises:
        UsageError: a kind without pairs.
        RefusedError: no night was run yet.
    """
    if kind not in KINDS:
        raise UsageError(
            Problem(
                f"--kind {kind}",
                say("没有成对的依据", "no pairs to show"),
                " | ".join(KINDS),
                say("地点的依据见 place_links 的概率",
                    "of places see the probability in place_links"),
            )
        )  # fmt: skip
    runs = store.runs()
    if runs.empty:
        raise RefusedError(
            Problem(
                store.url,
                say("还没有运行过任何一夜", "no night was run yet"),
                say("至少一夜", "one night at least"),
                say("先运行 warning run", "first: warning run"),
            )
        )
    mentions = store.table("mentions") if kind == "incident" else None
    known = store.known(runs["as_of"].max())
    return evidence(kind, *known, store.previous(), settings, mentions)


def next_pairs(found: Evidence, store: Store, settings: Settings) -> pd.DataFrame:
    """The review queue: see :func:`warning.matching.review.review_queue` for its columns."""
    cases = store.last_warnings()[["case_id", "tier"]]
    tiers = store.table("case_incidents")[["case_id", "incident_id"]].merge(cases, on="case_id")
    tiers = tiers.merge(store.table("incident_links")[[*RECORD, "incident_id"]], on="incident_id")
    return review_queue(
        found, store.table("verdicts"), tiers[[*RECORD, "tier"]], settings.matching.review
    )


def record_verdicts(
    store: Store, kind: str, told: Iterable[tuple[str, str, str]], user: str, at: datetime
) -> int:
    """Keep verdicts (left, right, verdict) with who and when; returns how many."""
    count = 0
    for left, right, verdict in told:
        first, second = sorted((left, right))
        store.add_verdict(
            {"kind": kind, "left": first, "right": second, "verdict": verdict, "user": user,
             "at": at}
        )  # fmt: skip
        count += 1
    return count


def sample_sheet(found: Evidence, sample: pd.DataFrame) -> pd.DataFrame:
    """What the judge of a sample sees: kind, left, right, the two values of each comparison.

    The columns are called by the values compared, with ``_left`` and ``_right``, unmasked. Of
    incidents no narrative is among them.
    """
    values = found.rows.set_index("key")
    sheet = sample[["kind", "left", "right"]].copy()
    for column in sample_columns(found).values():
        for side in ("left", "right"):
            sheet[f"{column}_{side}"] = sample[side].map(values[column].astype("str"))
    return sheet


def sample_columns(found: Evidence) -> dict[str, str]:
    """Comparison → column with its value, for all that a sample's sheet shows."""
    incident = found.kind == "incident"
    return {
        name: column for name, column in found.shown.items() if not (incident and name == "text")
    }


def write_sample(
    path: Path, sample: pd.DataFrame, sheet: pd.DataFrame, unmasked_of: Store | None = None
) -> None:
    """Write a clerical sample as two CSV files.

    ``path`` is for the judge: the sheet and an empty column ``verdict``. What the engine thinks of
    the pairs stands in :func:`warning.judged_samples.strata_file` alone.

    Args:
        path: the judge's file.
        sample: of :func:`warning.matching.sampling.clerical_sample`.
        sheet: of :func:`sample_sheet`, masked as its reader may see it.
        unmasked_of: the store, where the values are unmasked: see ``note_export``.
    """
    sheet = without_formulas(sheet).assign(left=sheet["left"], right=sheet["right"], verdict="")
    content = sheet.to_csv(index=False).encode("utf-8-sig")
    with output_file(path, private=unmasked_of is not None) as file:
        if unmasked_of is not None:  # before anything of it is on the disk
            note_export(unmasked_of, path.parent, [path.name], local_now())
        file.write(content)
        file.flush()  # both files, or those that were there stay
        write_output(strata_file(path), sample.to_csv(index=False).encode("utf-8-sig"))


def keep_judged(path: Path, store: Store, user: str, at: datetime) -> tuple[int, int, int]:
    """Keep the verdicts of a sample's file with who judged and when; what is blank stays as it is.

    A verdict that the same user gave before is not kept again, so that a file read once more
    changes nothing, also where somebody else decided since.

    Returns:
        How many were kept, how many the user had given before, and of how many of these somebody
        decided otherwise since.

    Raises:
        UsageError, DataError: see :func:`warning.judged_samples.judged_sample`; nothing judged.
    """
    sample, verdict = judged_sample(path)
    if verdict.isna().all():
        raise UsageError(_nothing_judged(path))
    known = store.table("verdicts")
    again = verdict == _last_verdicts(sample, known[known["user"] == user])
    otherwise = again & (verdict != _last_verdicts(sample, known))
    new = sample[["kind", "left", "right"]].assign(verdict=verdict)[verdict.notna() & ~again]
    for kind, own in new.groupby("kind"):
        rows = zip(own["left"], own["right"], own["verdict"], strict=True)
        record_verdicts(store, str(kind), rows, user, at)
    return len(new), int(again.sum()), int(otherwise.sum())


def _last_verdicts(sample: pd.DataFrame, known: pd.DataFrame) -> "pd.Series[str]":
    """The last verdict on each pair of a sample; missing where there is none."""
    known = known.sort_values("at", kind="stable")
    known = known.drop_duplicates(["kind", "left", "right"], keep="last")
    ends = sample[["left", "right"]].astype("str")
    ordered = sample[["kind"]].assign(left=ends.min(axis=1), right=ends.max(axis=1))
    return ordered.merge(known, on=["kind", "left", "right"], how="left")["verdict"].astype("str")


def sample_estimate(path: Path, store: Store) -> Estimate:
    """Precision and recall from a judged sample: its verdicts, else the last ones in the store.

    Raises:
        UsageError, DataError: see :func:`warning.judged_samples.judged_sample`; nothing of it was
            judged yet.
    """
    sample, told = judged_sample(path)
    verdict = told.fillna(_last_verdicts(sample, store.table("verdicts")))
    if not verdict.isin(["same", "different"]).any():
        raise UsageError(_nothing_judged(path))
    return estimate(sample, verdict)


def _nothing_judged(path: Path) -> Problem:
    return Problem(
        str(path),
        say("还没有判断", "nothing was judged yet"),
        " | ".join(VERDICTS),
        say("填写 verdict 一列", "fill in the column verdict"),
    )


def reliability_tables(found: Evidence, settings: Settings) -> dict[str, pd.DataFrame]:
    """Probabilities beside verdicts on people, as the evidence gives them and as calibrated.

    Every pair is weighed as if no verdict were known. The calibrated table is of the pairs that
    it was fitted on.

    Returns:
        before, after: low, high, pairs, mean, same; see
        :func:`warning.matching.linker.calibration.reliability`. Empty without verdicts.
    """
    empty = reliability(np.empty(0), np.empty(0, bool))
    model = found.model
    if found.kind != "person" or model is None or not (found.same or found.different):
        return {"before": empty, "after": empty}
    same, different = sorted(found.same), sorted(found.different)
    apart = opposite_sides(model.frame["record"].to_numpy(), model.frame["side"].to_numpy())
    enough = len(same) + len(different) >= settings.matching.verdicts.minimum
    tables = {}
    for name in ("before", "after"):
        weights = None
        if name == "after" and enough:
            weights = learned_weights(
                model.frame, model.specification, same, settings.matching.verdicts.worth, apart,
                model.relations,
            )  # fmt: skip
        judged, _ = judged_pairs(
            model.frame, model.specification, weights, same, different, apart, model.relations
        )
        weight = judged.weight
        if name == "after" and enough:
            weight = weight + fit(weight, judged.same).part(weight)
        tables[name] = reliability(probability(weight), judged.same)
    return tables
