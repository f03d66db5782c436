"""What a person should know before using a model, written by the program at training."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from warning.language import say
from warning.scoring.drift import population_of
from warning.scoring.features import FEATURES
from warning.scoring.model import Model
from warning.scoring.windows import Window


def described(
    model: Model, windows: Sequence[Window], check: Sequence[Window], as_of: pd.Timestamp
) -> Model:
    """The model with its training facts and its card."""
    from warning.scoring.training import measured

    happened = np.concatenate([window.happened(model.target) for window in windows])
    quality = measured(model, check)
    training: dict[str, Any] = {
        "as_of": str(as_of),
        "first_window": str(windows[0].moment),
        "last_window": str(windows[-1].moment),
        "windows": len(windows),
        "rows": len(happened),
        "recurrences": int(happened.sum()),
        "checked_windows": len(check),
        "metrics": {name: round(value, 4) for name, value in quality.items()},
        "population": population_of(model, windows),
    }
    return replace(model, training=training, card="\n".join(_lines(model, training)))


def _lines(model: Model, training: dict[str, Any]) -> list[str]:
    metric = training["metrics"]
    first, last = training["first_window"][:10], training["last_window"][:10]
    what = (
        say("再次发生", "another distinct incident")
        if model.target == "recurrence"
        else say("恶化（更严重或重大事件）", "a graver or severe incident")
    )
    half = model.half_lives
    return [
        say(
            f"预测：{model.cohort_days} 天内有事件的系列，在 {model.horizon_days} 天内{what}的概率。",
            f"Probability of {what} within {model.horizon_days} days, for cases with an incident "
            f"in the last {model.cohort_days}.",
        ),
        say(
            f"模型：{model.kind}，{len(model.features)} 个特征，半衰期 {half.long:g} 天和"
            f" {half.short:g} 天。",
            f"Model: {model.kind}, {len(model.features)} features, half-lives {half.long:g} and "
            f"{half.short:g} days.",
        ),
        say(
            f"训练：{first} 至 {last} 共 {training['windows']} 个时点，{training['rows']} 行，"
            f"其中 {training['recurrences']} 次发生；最新 {training['checked_windows']} 个时点只用于"
            "校准。",
            f"Trained on {training['rows']} rows with {training['recurrences']} events at "
            f"{training['windows']} dates from {first} to {last}; the newest "
            f"{training['checked_windows']} only calibrated it.",
        ),
        say(
            f"最新时点上：AUC {metric['auc']:.3f}，AP {metric['ap']:.3f}，ECE {metric['ece']:.3f}，"
            f"基率 {metric['base_rate']:.3f}。这些时点也用于校准，真实表现请看 warning backtest。",
            f"On the newest dates: AUC {metric['auc']:.3f}, AP {metric['ap']:.3f}, ECE "
            f"{metric['ece']:.3f}, base rate {metric['base_rate']:.3f}. They calibrated it too: "
            "prove it by warning backtest.",
        ),
        say(
            "局限：只看得到已报告的事件，报告少的地方是不明而不是安全；处置会改变后来发生的事；"
            "投诉、信访不提高以人为线索的分值；性别、年龄、民族、经办人不是特征。",
            "Limits: it sees reported incidents only; where little is reported the risk is "
            "unknown, not low. Handling changes what happens after. Complaints never raise a "
            "person's score; sex, age, ethnicity and the officer are no features.",
        ),
    ]


def card_content(model: Model, fairness: pd.DataFrame | None = None) -> dict[str, Any]:
    """The card as plain values: what, data, windows, metrics (by group where given), limits."""
    return {
        "kind": model.kind,
        "sha256": model.hash,
        "horizon_days": model.horizon_days,
        "cohort_days": model.cohort_days,
        "memory_days": model.memory_days,
        "half_lives": {"long": model.half_lives.long, "short": model.half_lives.short},
        "features": [
            {
                "name": name,
                "zh": FEATURES[name].zh,
                "unit": FEATURES[name].unit,
                "direction": "up" if FEATURES[name].monotone else "none",
                "source": FEATURES[name].source,
            }
            for name in model.features
        ],
        "training": {k: v for k, v in model.training.items() if k != "population"},
        "worsening": None if model.worsening is None else model.worsening.training["metrics"],
        "groups": [] if fairness is None else json.loads(fairness.to_json(orient="records")),
        "text": model.card.splitlines(),
    }


def card_markdown(
    model: Model, fairness: pd.DataFrame | None = None, names: Mapping[str, str] | None = None
) -> str:
    """The card to read: Chinese, or English where that is the reader's language."""
    named = names or {}
    lines = [
        say("# 模型说明卡", "# Model card"),
        "",
        *(f"- {text}" for text in model.card.split("\n")),
    ]
    lines += ["", say("## 特征", "## Features"), ""]
    lines += [
        say("| 特征 | 单位 | 方向 | 来源 |", "| feature | unit | direction | source |"),
        "| --- | --- | --- | --- |",
    ]
    for name in model.features:
        feature = FEATURES[name]
        direction = (
            say("只会升高或不变", "raises or leaves") if feature.monotone else say("不限", "either")
        )
        lines.append(
            f"| {say(feature.zh, feature.en)} | {feature.unit} | {direction} | {feature.source} |"
        )
    if model.worsening is not None:
        lines += ["", say("## 恶化模型", "## The model of worsening"), ""]
        lines += [f"- {text}" for text in model.worsening.card.split("\n")[:4]]
    if fairness is not None and len(fairness):
        lines += ["", say("## 分组表现（最近时点）", "## By group, on the last dates"), ""]
        lines += [
            say("| 类别 | 组 | 系列次 | 再发 | 召回 | 预测 | 实际（95%区间） |",
                "| by | group | cases | events | recall | forecast | observed (95%) |"),
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]  # fmt: skip
        row: Any
        for row in fairness.itertuples():
            by, group = (named.get(str(text), str(text)) for text in (row.dimension, row.group))
            recall = "—" if pd.isna(row.recall) else f"{row.recall:.0%}"
            lines.append(
                f"| {by} | {group} | {row.cases} | {row.events} | {recall} | {row.forecast:.1%} | "
                f"{row.observed:.1%}（{row.low:.1%}–{row.high:.1%}） |"
            )
    return "\n".join(lines) + "\n"
