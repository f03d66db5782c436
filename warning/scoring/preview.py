"""Tonight under other settings, beside tonight as it is."""

import pandas as pd

from warning.scoring.tier_reasons import NAMES, RANK

MOVED_COLUMNS = ("case_id", "tier", "other_tier", "step", "probability", "other_probability",
                 "severity", "reasons", "other_reasons")  # fmt: skip


def compare(today: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The cases whose tier differs between two frames of warnings of one night.

    Returns:
        case_id, tier, other_tier, step (tiers up, negative down), probability,
        other_probability, severity, reasons, other_reasons; greatest moves first. A case that
        stands in one frame only has tier none in the other.
    """
    columns = ["case_id", "tier", "probability", "severity", "reasons"]
    both = today[columns].merge(other[columns], on="case_id", how="outer", suffixes=("", "_other"))
    both = both.rename(columns={f"{name}_other": f"other_{name}" for name in columns})
    both["tier"] = both["tier"].fillna("none")
    both["other_tier"] = both["other_tier"].fillna("none")
    both["severity"] = both["severity"].fillna(both["other_severity"])
    both["step"] = both["other_tier"].map(RANK) - both["tier"].map(RANK)
    moved = both[both["step"] != 0]
    order = moved["step"].abs().sort_values(ascending=False, kind="stable").index
    return moved.loc[order, list(MOVED_COLUMNS)].reset_index(drop=True)


def tier_counts(today: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Cases a tier, red first: tier, today, other."""
    names = list(reversed(NAMES))
    return pd.DataFrame(
        {
            "tier": names,
            "today": today["tier"].value_counts().reindex(names, fill_value=0).to_numpy(),
            "other": other["tier"].value_counts().reindex(names, fill_value=0).to_numpy(),
        }
    )
