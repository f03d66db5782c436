"""Whose departments, measures and milestones a case calls for: by category and violence."""

from collections.abc import Mapping
from typing import Any

from warning.escalation.case_file import CaseFile
from warning.escalation.recipients import recipient_of
from warning.escalation.undated import UNKNOWN_DAY
from warning.settings.escalation import EscalationSettings

#: Category of domestic violence.
VIOLENCE = ("0101",)


def themes_of(
    category: Any, violence: tuple[str, ...] = VIOLENCE, *, is_violent: bool
) -> tuple[str, ...]:
    """The categories whose departments and measures a case calls for: violence's before its own.

    Args:
        category: of the case; missing where it has none.
        violence: how the codes of domestic violence begin.
        is_violent: whether it has an incident of domestic violence.
    """
    code = category if isinstance(category, str) else ""
    return (*violence, code) if is_violent and not code.startswith(violence) else (code,)


def planned_now(
    force: Mapping[str, Any],
    case_file: CaseFile,
    settings: EscalationSettings,
    violence: tuple[str, ...] = VIOLENCE,
) -> dict[str, Any]:
    """A plan that nobody started yet, with what its case calls for now.

    Lead, county, category, sender, members, measures, levels and quiet days are drawn anew; the
    safety milestones stand first where the case is one of domestic violence, and nowhere else, those
    that are new without a day.

    Args:
        force: a row of ``task_forces``.
        case_file: what is known of its case now.
        settings: departments, measures and milestones.
        violence: how the codes of domestic violence begin.
    """
    is_violent = case_file.is_domestic_violence or case_file.category.startswith(violence)
    themes = themes_of(case_file.category, violence, is_violent=is_violent)
    departments, rules = list(settings.departments_of(*themes)), settings.task_force
    days = force["content"].get("milestones", {})
    safety = {step: days.get(step, UNKNOWN_DAY) for step in rules.safety_milestones}
    others = {
        step: day for step, day in days.items() if step not in safety or step in rules.milestones
    }
    content = {
        **force["content"],
        "county_code": case_file.county_code,
        "county_name": case_file.county_name,
        "category": case_file.category,
        "departments": departments,
        "sender": recipient_of(case_file.category, case_file.county_code, settings)[0],
        "levels": list(rules.verification_levels),
        "quiet_days": rules.quiet_days,
        "measures": [item.model_dump() for item in settings.measures_of(*themes)],
        "milestones": {**safety, **others} if is_violent else others,
    }
    return {**force, "lead": rules.lead, "members": "、".join(departments), "content": content}
