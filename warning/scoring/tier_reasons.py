"""Why a case has its tier, in words: its numbers, the line they reached, the rules that held."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.language import COLOURS, speaker
from warning.scoring.history import Flags
from warning.settings.tiers import TIERS, TiersSettings

NAMES = ("none", *reversed(TIERS))  #: by rank: 0 none … 4 red
RANK = {name: rank for rank, name in enumerate(NAMES)}


def reasons(
    frame: pd.DataFrame,
    decided: dict[str, npt.NDArray[Any]],
    held: Sequence[Flags],
    lowered: Sequence[Flags],
    settings: TiersSettings,
) -> list[str]:
    """Why each case has its tier: its numbers, the line they reached, the rules that held."""
    say = speaker()
    rows = {name: column.tolist() for name, column in decided.items()}
    told = _incidents(frame)
    rule_lists = [flags.tolist() for flags in held], [flags.tolist() for flags in lowered]
    lines = {
        (rank, level): settings.threshold(TIERS[4 - rank], level)
        for rank in range(1, 5)
        for level in range(5)
    }
    probabilities, severities = frame["probability"].tolist(), frame["severity"].tolist()
    texts = []
    for i in range(len(frame)):
        level, entered = min(max(int(severities[i]), 0), 4), rows["entered"][i]
        own = [lines[rank, level] for rank in range(1, 5)] if settings.use != "capacity" else []
        chance = _percent(probabilities[i], own)
        text = say(f"再次发生的概率 {chance}", f"probability of a recurrence {chance}")
        if entered and settings.use != "capacity":
            line = f"{round(lines[entered, level] * 100, 10):.12g}%"
            text += say(
                f"，达到{COLOURS[NAMES[entered]]}线 {line}（严重程度 {level}）",
                f", reaches the {NAMES[entered]} line {line} (severity {level})",
            )
        else:
            text += say(f"（严重程度 {level}）", f" (severity {level})")
        parts = [text]
        if told[i]:
            parts.append(told[i])
        reached, allowed = rows["reached"][i], rows["allowed"][i]
        if settings.use == "capacity":
            if allowed:
                parts.append(
                    say(
                        f"按概率列入本县{COLOURS[NAMES[allowed]]}名额",
                        f"among the county's most probable: a place in {NAMES[allowed]}",
                    )
                )
        elif allowed < reached:
            parts.append(
                say(
                    f"超出本县{COLOURS[NAMES[reached]]}容量，降为{COLOURS[NAMES[allowed]]}",
                    f"beyond the county's capacity for {NAMES[reached]}: {NAMES[allowed]}",
                )
            )
        for rule, holds in zip(settings.floors, rule_lists[0], strict=True):
            if holds[i]:
                parts.append(say("规则：", "rule: ") + rule.text)
        if rows["old"][i]:
            parts.append(
                say(
                    "最近一次事件已超出观察期，不再达到任何等级线",
                    "the last incident is beyond the days looked at: no line is reached",
                )
            )
        before = NAMES[rows["previous"][i]]
        if rows["by_margin"][i]:
            parts.append(
                say(
                    f"尚在{COLOURS[before]}的退出余量之内，保持",
                    f"within the exit margin of {before}: kept",
                )
            )
        elif rows["by_stay"][i]:
            parts.append(
                say(
                    f"{COLOURS[before]}未满 {settings.minimum_stay_nights} 夜，保持",
                    f"less than {settings.minimum_stay_nights} nights in {before}: kept",
                )
            )
        elif rows["rank"][i] < rows["previous"][i]:
            parts.append(say(f"由{COLOURS[before]}逐级下调一级", f"one step down from {before}"))
        for ceiling, holds in zip(settings.ceilings, rule_lists[1], strict=True):
            if holds[i] and rows["rank"][i] > RANK[ceiling.at_most]:
                parts.append(say("规则：", "rule: ") + ceiling.text)
        texts.append("；".join(parts))
    return texts


def _incidents(frame: pd.DataFrame) -> list[str]:
    """How many incidents each case has had and when the last was, and what of them is not counted."""
    say = speaker()
    names = ("incidents_365", "days_since_last", "complaints_365", "finds_365")
    columns = [frame[name].tolist() if name in frame else [np.nan] * len(frame) for name in names]
    texts = []
    for count, days, complaints, finds in zip(*columns, strict=True):
        text = ""
        if count == count:
            text = say(f"一年内 {count:.0f} 次事件", f"{count:.0f} incidents in a year")
        if text and days == days:
            text += say(f"，最近一次在 {days:.0f} 天前", f", the last {days:.0f} days ago")
        beside = []
        if complaints > 0:
            beside.append(say(f"投诉、信访等 {complaints:.0f} 次", f"complaints: {complaints:.0f}"))
        if finds > 0:
            beside.append(say(f"巡查自行发现 {finds:.0f} 次", f"finds of patrols: {finds:.0f}"))
        if text and beside:
            text += say(
                f"（另有{'、'.join(beside)}，不计）", f" (not counted: {', '.join(beside)})"
            )
        texts.append(text)
    return texts


def _percent(probability: float, lines: Sequence[float]) -> str:
    """A probability with one digit, or as many as keep it on its side of every line."""
    for digits in range(1, 10):
        rounded = round(probability, digits + 2)
        if all((rounded >= line) == (probability >= line) for line in lines):
            break
    return f"{rounded:.{digits}%}"
