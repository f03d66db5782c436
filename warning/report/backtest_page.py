"""The page of a backtest: one HTML file that needs no network and no script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warning.language import TIERS, english, names_of, say

#: The picture's size in its own units.
SIZE = 240


@dataclass(frozen=True)
class BacktestPage:
    """What the page shows; see :class:`warning.scoring.Backtest` and its neighbours.

    Attributes:
        summary, reliability, by_date: of the backtest; ``worsening`` its summary for worsening.
        tiers, rules: of :mod:`warning.scoring.proof`.
        fairness: of :mod:`warning.scoring.fairness`; ``group_names`` what people call groups.
        handled: figures of handled cases apart; empty where nothing was handled.
        low_reporting: towns whose risk is unknown.
        relinked: whether links were made anew at each date.
    """

    as_of: pd.Timestamp
    horizon_days: int
    summary: pd.DataFrame
    reliability: pd.DataFrame
    by_date: pd.DataFrame
    tiers: pd.DataFrame
    rules: pd.DataFrame
    fairness: pd.DataFrame
    group_names: Mapping[str, str]
    low_reporting: pd.DataFrame
    relinked: bool
    worsening: pd.DataFrame = field(default_factory=pd.DataFrame)
    handled: pd.DataFrame = field(default_factory=pd.DataFrame)


def backtest_page(data: BacktestPage) -> str:
    """The page as HTML; every value is escaped, no template comes from data."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    default = data.reliability[data.reliability["model"] == "default"]
    return environment.get_template("backtest.html").render(
        say=say,
        lang="en" if english() else "zh-CN",
        page=data,
        names=model_names(),
        tier_names=names_of(TIERS),
        percent=_percent,
        number=_number,
        summary=_rows(data.summary),
        worsening=_rows(data.worsening),
        tiers=_rows(data.tiers),
        rules=_rows(data.rules),
        fairness=_rows(data.fairness),
        handled=_rows(data.handled),
        few=_rows(data.low_reporting[data.low_reporting["reports"] > 0]),
        silent=_rows(data.low_reporting[data.low_reporting["reports"] == 0]),
        group=lambda text: data.group_names.get(str(text), str(text)),
        size=SIZE,
        points=_points(default),
        lines=_lines(data.by_date),
        conclusions=conclusions(data),
        first=data.by_date["as_of"].min(),
        last=data.by_date["as_of"].max(),
        dates=data.by_date["as_of"].nunique(),
    )


#: With fewer recurrences than this over all dates nothing is concluded.
FEWEST_EVENTS = 100


def conclusions(data: BacktestPage) -> list[str]:
    """What the tables say, in sentences: ranking, beside the rules and a plain count; calibration.

    Differences of AP below .01 are called equal: that much is chance at the usual numbers.
    """
    events = int(data.summary["recurrences"].max())
    if events < FEWEST_EVENTS:
        return [
            say(
                f"检验期内只再次发生 {events} 次，不足 {FEWEST_EVENTS} 次，以下数字不足以下结论。",
                f"Only {events} recurrences in the tested time, fewer than {FEWEST_EVENTS}: "
                "the figures below carry no conclusion.",
            )
        ]
    figures: dict[str, dict[str, float]] = {str(row["model"]): row for row in _rows(data.summary)}
    own, found = figures["default"], []
    for rule in ("rule_3_in_90", "rule_3_in_365"):
        name, column = model_names()[rule], f"precision_at_{rule}"
        gain = 100 * (own[column] - figures[rule][column])
        if pd.isna(gain):
            found.append(
                say(
                    f"“{name}”在检验期内没有预警，精度无从比较。",
                    f"“{name}” gave no alert in the tested time: there is no precision to compare.",
                )
            )
            continue
        found.append(
            say(
                f"预警量与“{name}”相同时，本模型的精度{_signed(gain, '高', '低')}个百分点。",
                f"With as many alerts as “{name}”, the model’s precision is "
                f"{_signed(gain, 'higher by ', 'lower by ')} points.",
            )
        )
    gain = own["ap"] - figures["decayed_count"]["ap"]
    if abs(gain) < 0.01:
        found.append(say("排序与衰减计数相当。", "It ranks as well as the decayed count."))
    else:
        found.append(
            say(
                f"排序比衰减计数{'好' if gain > 0 else '差'}（AP {gain:+.3f}）"
                + ("。" if gain > 0 else "；历史较短时常见。"),
                f"It ranks {'better' if gain > 0 else 'worse'} than the decayed count "
                f"(AP {gain:+.3f})" + ("." if gain > 0 else "; usual with a short history."),
            )
        )
    found.append(
        say(
            f"预测概率与实际频率平均相差 {100 * own['ece']:.1f} 个百分点。",
            f"Forecast and frequency differ by {100 * own['ece']:.1f} points on average.",
        )
    )
    return found


def _signed(gain: float, more: str, less: str) -> str:
    return f"{more if gain >= 0 else less} {abs(gain):.1f} ".replace("  ", " ")


def model_names() -> dict[str, str]:
    """What people call the models and the alerts of :func:`warning.scoring.proof.rules_table`."""
    return {
        "rule_3_in_90": say("规则：90天3次", "rule: 3 in 90 days"),
        "rule_3_in_365": say("规则：一年3次", "rule: 3 in a year"),
        "gamma_poisson": say("伽马—泊松（冷启动）", "Gamma–Poisson (cold start)"),
        "decayed_count": say("衰减计数", "decayed count"),
        "default": say("本模型", "this model"),
        "boosted": say("单调梯度提升（挑战者）", "monotone boosting (challenger)"),
        "default_at_rule_3_in_90": say("本模型，同样多的预警", "this model, as many alerts"),
        "default_at_rule_3_in_365": say("本模型，同样多的预警", "this model, as many alerts"),
        "any_tier": say("蓝色及以上", "blue and above"),
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _percent(value: float) -> str:
    return "—" if pd.isna(value) else f"{value:.1%}"


def _number(value: float, digits: int = 3) -> str:
    return "—" if pd.isna(value) else f"{value:.{digits}f}"


def _points(table: pd.DataFrame) -> list[dict[str, float]]:
    """Reliability in picture units: x forecast, y observed with its interval, y from the top.

    The axes end at the greatest value, so that a rare event still fills the picture.
    """
    if table.empty:
        return []
    most = max(float(table["forecast"].max()), float(table["high"].max()), 0.01)

    def at(value: float) -> float:
        return round(SIZE * float(value) / most, 1)

    return [
        {"x": at(row["forecast"]), "y": SIZE - at(row["observed"]), "low": SIZE - at(row["low"]),
         "high": SIZE - at(row["high"]), "most": most, "cases": int(row["cases"])}
        for row in _rows(table)
    ]  # fmt: skip


def _lines(by_date: pd.DataFrame) -> list[dict[str, Any]]:
    """AP by date as polylines, oldest left; the picture is twice as wide as high."""
    wanted = [m for m in ("rule_3_in_90", "decayed_count", "default") if m in set(by_date["model"])]
    dates = sorted(by_date["as_of"].unique())
    most = max(float(by_date["ap"].max()), 0.01) if by_date["ap"].notna().any() else 1.0
    lines = []
    for name in wanted:
        own = by_date[(by_date["model"] == name) & by_date["ap"].notna()].set_index("as_of")["ap"]
        step = 2 * SIZE / max(len(dates) - 1, 1)
        points = [
            f"{place * step:.1f},{SIZE - SIZE * float(own[date]) / most:.1f}"
            for place, date in enumerate(dates)
            if date in own.index
        ]
        lines.append({"model": name, "points": " ".join(points), "most": most})
    return lines
