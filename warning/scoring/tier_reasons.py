"""Why a case has its tier, in words: its numbers, the line they reached, the rules that held.

Always in Chinese: the words are stored, and stand in official letters and plans.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.language import COLOURS
from warning.scoring.history import Flags
from warning.settings.tiers import TIERS, TiersSettings

#: What reasons tell of the petitions and complaints of a person, which count for nothing.
COMPLAINTS = re.compile("（另有投诉、信访等 [0-9]+ 次，不计）|投诉、信访等 [0-9]+ 次、")
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
        text = f"再次发生的概率 {chance}"
        if entered and settings.use != "capacity":
            line = f"{round(lines[entered, level] * 100, 10):.12g}%"
            text += f"，达到{COLOURS[NAMES[entered]]}线 {line}（严重程度 {level}）"
        else:
            text += f"（严重程度 {level}）"
        parts = [text]
        if told[i]:
            parts.append(told[i])
        reached, rank = rows["reached"][i], rows["rank"][i]
        if settings.use == "capacity":
            if rank and rank == rows["allowed"][i]:
                parts.append(f"按概率列入本县{COLOURS[NAMES[rank]]}名额")
        elif rank < reached:
            parts.append(f"超出本县{COLOURS[NAMES[reached]]}容量，降为{COLOURS[NAMES[rank]]}")
        for rule, holds in zip(settings.floors, rule_lists[0], strict=True):
            if holds[i]:
                parts.append("规则：" + rule.text)
        if rows["old"][i]:
            parts.append("最近一次事件已超出观察期，不再达到任何等级线")
        before = NAMES[rows["previous"][i]]
        if rows["by_margin"][i]:
            parts.append(f"尚在{COLOURS[before]}的退出余量之内，保持")
        elif rows["by_stay"][i]:
            parts.append(f"{COLOURS[before]}未满 {settings.minimum_stay_nights} 夜，保持")
        elif rank < rows["previous"][i]:
            parts.append(f"由{COLOURS[before]}逐级下调一级")
        for ceiling, holds in zip(settings.ceilings, rule_lists[1], strict=True):
            if holds[i] and rank > RANK[ceiling.at_most]:
                parts.append("规则：" + ceiling.text)
        texts.append("；".join(parts))
    return texts


def _incidents(frame: pd.DataFrame) -> list[str]:
    """How many incidents each case has had and when the last was, and what of them is not counted."""
    names = ("incidents_365", "days_since_last", "complaints_365", "finds_365")
    columns = [frame[name].tolist() if name in frame else [np.nan] * len(frame) for name in names]
    texts = []
    for count, days, complaints, finds in zip(*columns, strict=True):
        text = ""
        if count == count:
            text = f"一年内 {count:.0f} 次事件"
        if text and days == days:
            text += f"，最近一次在 {days:.0f} 天前"
        beside = []
        if complaints > 0:
            beside.append(f"投诉、信访等 {complaints:.0f} 次")
        if finds > 0:
            beside.append(f"巡查自行发现 {finds:.0f} 次")
        if text and beside:
            text += f"（另有{'、'.join(beside)}，不计）"
        texts.append(text)
    return texts


def without_complaints(text: str) -> str:
    """Reasons as a document tells them: not how often a person petitioned or complained.

    >>> without_complaints("一年内 3 次事件（另有投诉、信访等 6 次、巡查自行发现 1 次，不计）")
    '一年内 3 次事件（另有巡查自行发现 1 次，不计）'
    """
    return COMPLAINTS.sub("", text)


def _percent(probability: float, lines: Sequence[float]) -> str:
    """A probability with one digit, or as many as keep it on its side of every line."""
    for digits in range(1, 10):
        rounded = round(probability, digits + 2)
        if all((rounded >= line) == (probability >= line) for line in lines):
            break
    return f"{rounded:.{digits}%}"
