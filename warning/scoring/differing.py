"""Whether a night was scored otherwise than the one before it: what moves cases without a report."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.language import say


def differing(runs: pd.DataFrame, as_of: pd.Timestamp) -> dict[str, bool]:
    """Whether a night had another model or other settings than the one before it.

    Args:
        runs: as the store holds them, oldest first.
        as_of: of the night.

    Returns:
        other_model, other_settings; neither on the first night.
    """
    both = runs[runs["as_of"] <= as_of].tail(2)
    return {
        "other_model": both["model_hash"].nunique() > 1,
        "other_settings": both["config_hash"].nunique() > 1,
    }


def differing_sentences(found: Mapping[str, Any]) -> list[str]:
    """What :func:`differing` found, as reasons of moves for which no report came."""
    told = []
    if found["other_model"]:
        told.append(
            say(
                "评分模型与上一夜不同：没有新报告的系列，等级也可能因此变动。",
                "Scored with another model than the night before: tiers may have moved for that "
                "alone, without a new report.",
            )
        )
    if found["other_settings"]:
        told.append(
            say(
                "配置（或程序版本）与上一夜不同：没有新报告的系列，等级也可能因此变动。",
                "The settings (or the program's version) are others than the night before: tiers "
                "may have moved for that alone, without a new report.",
            )
        )
    return told
