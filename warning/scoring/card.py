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
    model: Model,
    windows: Sequence[Window],
    check: Sequence[Window],
    as_of: pd.Timestamp,
    *,
    calibrated: bool,
) -> Model:
    """The model with its training facts and its card.

    Args:
        model: fitted on ``windows`` less ``check``; on all of them where both are the same.
        windows: the training's.
        check: the newest of them, on which the figures are measured.
        as_of: of the training.
        calibrated: whether the model was calibrated on ``check``.
    """
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
        "first_checked": str(check[0].moment),
        "last_checked": str(check[-1].moment),
        "fitted_on_checked": len(check) == len(windows),
        "calibrated": calibrated,
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
    since, until = training["first_checked"][:10], training["last_checked"][:10]
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
            f"其中 {training['recurrences']} 次发生；",
            f"{training['rows']} rows with {training['recurrences']} events at "
            f"{training['windows']} dates from {first} to {last}; ",
        )
        + _use_of_the_newest(training),
        say(
            f"{since} 至 {until} 各时点上：AUC {metric['auc']:.3f}，AP {metric['ap']:.3f}，"
            f"ECE {metric['ece']:.3f}，基率 {metric['base_rate']:.3f}。",
            f"On the dates from {since} to {until}: AUC {metric['auc']:.3f}, AP "
            f"{metric['ap']:.3f}, ECE {metric['ece']:.3f}, base rate {metric['base_rate']:.3f}. ",
        )
        + _worth_of_the_figures(training),
        say(
            "局限：只看得到已报告的事件，报告少的地方是不明而不是安全；处置会改变后来发生的事；"
            "投诉、信访不提高以人为线索的分值；性别、年龄、民族、经办人不是特征。",
            "Limits: it sees reported incidents only; where little is reported the risk is "
            "unknown, not low. Handling changes what happens after. Complaints never raise a "
            "person's score; sex, age, ethnicity and the officer are no features.",
        ),
    ]


def _use_of_the_newest(training: dict[str, Any]) -> str:
    """What the newest dates were used for, as a clause."""
    newest = training["checked_windows"]
    if training["fitted_on_checked"]:
        return say(
            "全部用于拟合，没有留出时点校准。",
            "all of them fitted it, none was kept back to calibrate.",
        )
    if training["calibrated"]:
        return say(f"最新 {newest} 个时点只用于校准。", f"the newest {newest} only calibrated it.")
    return say(
        f"最新 {newest} 个时点留出未用：其中发生太少，没有校准。",
        f"the newest {newest} were kept back and not used: too few events to calibrate it.",
    )


def _worth_of_the_figures(training: dict[str, Any]) -> str:
    """How far the figures may be trusted."""
    if training["fitted_on_checked"]:
        return say(
            "模型正是在这些时点上拟合的，数字偏乐观，不能说明真实表现，请看 warning backtest。",
            "It was fitted on these very dates: the figures are in-sample and flatter it; prove it "
            "by warning backtest.",
        )
    if training["calibrated"]:
        return say(
            "这些时点也用于校准，真实表现请看 warning backtest。",
            "They calibrated it too: prove it by warning backtest.",
        )
    return say(
        "模型未用过这些时点，但发生太少，数字不稳，请看 warning backtest。",
        "It has not seen these dates, but events are few and the figures unsteady: prove it by "
        "warning backtest.",
    )


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
            between = f"{row.low:.1%}–{row.high:.1%}"
            lines.append(
                f"| {by} | {group} | {row.cases} | {row.events} | {recall} | {row.forecast:.1%} | "
                f"{row.observed:.1%}{say(f'（{between}）', f' ({between})')} |"
            )
    return "\n".join(lines) + "\n"
