"""A score in words: what raises it, what lowers it, and by how much."""

import json
from collections.abc import Mapping
from typing import Any

from scipy.special import expit

from warning.language import say
from warning.scoring.features import FEATURES
from warning.scoring.probability import BASE, RECALIBRATION


def explain_score(row: Mapping[str, Any], horizon_days: int = 30) -> list[str]:
    """Plain lines for one row of :func:`warning.scoring.score`, strongest points first.

    Points are log-odds: one point multiplies the odds by about 2.7; they sum to the row's
    log_odds.
    """
    parts = json.loads(str(row["contributions"]))
    base = sum(p["points"] for p in parts if p["feature"] in (BASE, RECALIBRATION))
    chance = float(row["probability"])
    lines = [
        say(
            f"{horizon_days} 天内再次发生的概率 {chance:.1%}，严重程度 {int(row['severity'])} 级",
            f"probability of a recurrence within {horizon_days} days {chance:.1%}, "
            f"severity {int(row['severity'])}",
        ),
        say(
            f"起点：一般案件的概率 {expit(base):.1%}（{base:+.2f} 分）",
            f"start: an average case has {expit(base):.1%} ({base:+.2f} points)",
        ),
    ]
    own = [p for p in parts if p["feature"] not in (BASE, RECALIBRATION)]
    for part in sorted(own, key=lambda p: -abs(p["points"])):
        feature = FEATURES[part["feature"]]
        value = _shown(feature.unit, float(part["value"]))
        effect = say("升高", "raises") if part["points"] > 0 else say("降低", "lowers")
        lines.append(
            say(
                f"{effect}：{feature.zh} {value}（{part['points']:+.2f} 分）",
                f"{effect}: {feature.en} {value} ({part['points']:+.2f} points)",
            )
        )
    total = sum(p["points"] for p in parts)
    lines.append(
        say(
            f"合计 {total:+.2f} 分，即 {chance:.1%}",
            f"sum {total:+.2f} points, that is {chance:.1%}",
        )
    )
    return lines


def _shown(unit: str, value: float) -> str:
    if unit == "yes/no":
        return say("是", "yes") if value else say("否", "no")
    if unit == "days":
        return f"{value:.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
