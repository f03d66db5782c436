"""The page of a preview: other settings beside today's, in one HTML file without script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warning.language import TIERS, english, names_of, say

#: Moved cases that the page lists at the most; the table has them all.
MOST_MOVED = 200
#: Digits of a model's hash that tell it from others.
HASH_DIGITS = 12


@dataclass(frozen=True)
class Preview:
    """Today's settings and others on the last night's data, and on nights before.

    Attributes:
        as_of: the last night.
        tiers: tier, today, preview (numbers of cases).
        counties: county_code, letters_today, letters_preview, task_forces_today,
            task_forces_preview.
        moved: case_id, kind, county_code, probability, today, preview, reasons (of the preview),
            reasons_today.
        nights: setting (today, preview), as_of, one column a tier (cases), changed (cases whose
            tier differs from the night before's).
        outcomes: setting, tier, cases, precision, recall, lead_days, over the nights whose
            outcome is known; tier ``any`` is blue and above.
        moves: as_of, case_id, today, preview, probability, happened (missing: not known yet),
            of every night; the table to export.
        night_model, model: SHA-256 of the model that scored the last night, and of the present
            one, which scored both columns.
    """

    as_of: pd.Timestamp
    tiers: pd.DataFrame
    counties: pd.DataFrame
    moved: pd.DataFrame
    nights: pd.DataFrame = field(default_factory=pd.DataFrame)
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    moves: pd.DataFrame = field(default_factory=pd.DataFrame)
    night_model: str = ""
    model: str = ""


def other_model_sentence(data: Preview) -> str:
    """That the last night had another model, so that it gave other tiers; empty where it had not."""
    if data.night_model == data.model:
        return ""
    before, now = data.night_model[:HASH_DIGITS], data.model[:HASH_DIGITS]
    return say(
        f"最近一夜由另一个模型评分（{before}）；这里两种配置都按现在的模型（{now}）评分，"
        "“现行”因此不同于那一夜的等级、函件。",
        f"The last night was scored with another model ({before}); here both settings are scored "
        f"with the present one ({now}), so that “today” differs from that night's tiers and letters.",
    )


def preview_page(data: Preview, counties: Mapping[str, str]) -> str:
    """The page as HTML; every value is escaped.

    Args:
        data: the preview.
        counties: code → name.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("preview.html").render(
        say=say,
        lang="en" if english() else "zh-CN",
        page=data,
        other_model=other_model_sentence(data),
        tier_names={**names_of(TIERS), "any": say("蓝色及以上", "any")},
        setting_names={"today": say("现行", "today"), "preview": say("试验", "preview")},
        county=lambda code: counties.get(str(code), str(code) or say("不明", "unknown")),
        percent=_percent,
        tiers=_rows(data.tiers),
        counties=_rows(data.counties),
        moved=_rows(data.moved.head(MOST_MOVED)),
        moved_left_out=max(0, len(data.moved) - MOST_MOVED),
        nights=_rows(data.nights),
        outcomes=_rows(data.outcomes),
        moves=len(data.moves),
        churn=_churn(data.nights),
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _percent(value: float) -> str:
    return "—" if pd.isna(value) else f"{value:.1%}"


def _churn(nights: pd.DataFrame) -> dict[str, float]:
    """Tier changes a night under each setting, the first night left out."""
    if nights.empty:
        return {}
    later = nights[nights["as_of"] > nights["as_of"].min()]
    return {
        str(name): float(value)
        for name, value in later.groupby("setting")["changed"].mean().items()
    }
