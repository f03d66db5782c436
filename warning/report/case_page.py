"""A case's whole life on one page: incidents, tiers, letters, replies, tasks, states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warning.language import english, say


@dataclass(frozen=True)
class CaseLife:
    """One case.

    Attributes:
        case: case_id, kind, county, category, status, tier, probability, reasons.
        events: (moment, what: incident, tier, state, letter, task_force; title, text, tier or
            state for its colour), oldest first. No name of a party stands in them.
        letters: number, kind, status, due_on, recipient a row.
        forces: task_force_id, status, due_on, members a row.
    """

    case: Mapping[str, Any]
    events: Sequence[tuple[pd.Timestamp, str, str, str, str]]
    letters: Sequence[Mapping[str, Any]]
    forces: Sequence[Mapping[str, Any]]


def case_page(life: CaseLife) -> str:
    """The page as HTML; every value is escaped, no template comes from data, no script."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    kinds = {
        "incident": say("事件", "incident"),
        "tier": say("等级", "tier"),
        "state": say("系列", "case"),
        "letter": say("函件", "letter"),
        "task_force": say("专班", "task force"),
    }
    cards = {
        "incident": say("事件", "incidents"),
        "tier": say("等级变化", "changes of tier"),
        "state": say("立案与办结", "openings, closings"),
        "letter": say("函件环节", "steps of letters"),
        "task_force": say("专班环节", "steps of task forces"),
    }
    counts = {
        title: sum(event[1] == name for event in life.events) for name, title in cards.items()
    }
    return environment.get_template("case.html").render(
        say=say, lang="en" if english() else "zh-CN", life=life, kinds=kinds, counts=counts
    )
