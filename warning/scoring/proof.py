"""What tiers would have been worth on past dates, beside the rules people use now."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from warning.scoring.backtest import DEFAULT, RULES, Backtest, fires
from warning.scoring.history import Flags, Floats
from warning.scoring.tier_reasons import NAMES
from warning.scoring.tiers import assign_tiers, facts_at
from warning.settings.tiers import TIERS, TiersSettings


def graded(found: Backtest, settings: TiersSettings, model: str = DEFAULT) -> pd.DataFrame:
    """Tiers on every test date, each beside the tiers of the date before.

    Returns:
        case_id, as_of, tier, happened, wait (days until it happened; NaN: not).
    """
    before: pd.DataFrame | None = None
    parts = []
    for window, probability in zip(found.windows, found.probabilities[model], strict=True):
        scores = pd.DataFrame(
            {
                "case_id": pd.Series(window.timeline.case_ids[window.cohort], dtype="str"),
                "probability": probability,
                "severity": window.own.worst(len(window.cohort)),
            }
        )
        facts = facts_at(window.timeline, window.snapshot, window.cohort)
        before = assign_tiers(scores, facts, before, settings, window.moment)
        parts.append(
            before[["case_id", "as_of", "tier"]].assign(
                happened=window.happened(found.target), wait=window.wait[found.target]
            )
        )
    columns = ["case_id", "as_of", "tier", "happened", "wait"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def tier_table(rows: pd.DataFrame) -> pd.DataFrame:
    """What each tier was worth.

    Returns:
        tier, cases (of all dates), precision (share in which it happened), recall (share of all
        events that this tier held; NaN where none happened), lead_days (median days from the date to the event).
    """
    events = int(rows["happened"].sum())
    table = rows.groupby("tier").agg(
        cases=("happened", "size"), hits=("happened", "sum"), precision=("happened", "mean"),
        lead_days=("wait", "median"),
    )  # fmt: skip
    table = table.reindex(list(reversed(NAMES)))
    table["cases"] = table["cases"].fillna(0).astype("int64")
    table["recall"] = table["hits"].fillna(0) / events if events else float("nan")
    return table.reset_index()[["tier", "cases", "precision", "recall", "lead_days"]]


def rules_table(found: Backtest, rows: pd.DataFrame) -> pd.DataFrame:
    """The rules people use, the model at each rule's own volume, and any tier at all.

    Returns:
        name, alerts, precision, recall, lead_days; ``default_at_<rule>`` is the model with as
        many alerts a date as the rule.
    """
    labels = [window.happened(found.target) for window in found.windows]
    waits = [window.wait[found.target] for window in found.windows]
    result = []
    for name, rule in RULES.items():
        fired = [fires(window, *rule) for window in found.windows]
        result.append(_worth(name, fired, labels, waits))
        top = [
            _highest(probability, int(flags.sum()))
            for probability, flags in zip(found.probabilities[DEFAULT], fired, strict=True)
        ]
        result.append(_worth(f"default_at_{name}", top, labels, waits))
    any_tier = rows["tier"].isin(list(TIERS)).to_numpy(bool)
    cuts = np.cumsum([len(label) for label in labels])[:-1]
    result.append(_worth("any_tier", np.split(any_tier, cuts), labels, waits))
    return pd.DataFrame(result)


def _highest(probability: Floats, volume: int) -> Flags:
    chosen = np.zeros(len(probability), bool)
    chosen[np.argsort(-probability, kind="stable")[:volume]] = True
    return chosen


def _worth(
    name: str, alerts: Sequence[Flags], labels: Sequence[Flags], waits: Sequence[Floats]
) -> dict[str, object]:
    alert, label, wait = np.concatenate(alerts), np.concatenate(labels), np.concatenate(waits)
    hits = alert & label
    return {
        "name": name,
        "alerts": int(alert.sum()),
        "precision": float(hits.sum() / alert.sum()) if alert.any() else float("nan"),
        "recall": float(hits.sum() / label.sum()) if label.any() else float("nan"),
        "lead_days": float(np.median(wait[hits])) if hits.any() else float("nan"),
    }
