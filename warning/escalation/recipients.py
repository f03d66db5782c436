"""Who gets a letter: the most particular line of the directory that fits county and category."""

from collections.abc import Mapping
from typing import Any

from warning.language import say
from warning.settings.escalation import EscalationSettings, Unit


def _best(category: Any, code: str, kind: str, settings: EscalationSettings) -> Unit | None:
    """The most particular line: county before category before kind of letter."""
    prefix = category if isinstance(category, str) else ""
    fitting = [
        unit
        for unit in settings.directory
        if unit.county in ("", code)
        and prefix.startswith(unit.category)
        and (not unit.letters or kind in unit.letters)
    ]
    if not fitting:
        return None
    return max(
        fitting, key=lambda unit: (bool(unit.county), len(unit.category), bool(unit.letters))
    )


def recipient_of(
    category: Any, county_code: Any, settings: EscalationSettings, kind: str = ""
) -> tuple[str, tuple[str, ...]]:
    """The unit that a letter of a kind goes to, and those that get a copy (its parent first).

    A case of a county that the configuration does not know goes to the city's own unit.
    """
    code = county_code if isinstance(county_code, str) else ""
    county = settings.counties.get(code)
    if county is None:
        return settings.city_unit, ()
    best = _best(category, code, kind, settings)
    if best is None:
        return settings.county_unit.format(county=county), ()
    named = [copy for copy in (best.parent, *best.copies) if copy]
    copies = dict.fromkeys(copy.format(county=county) for copy in named)
    unit = best.unit.format(county=county)
    return unit, tuple(copy for copy in copies if copy != unit)


def is_unplaced(letter: Mapping[str, Any]) -> bool:
    """Whether a letter goes to its own sender because no county of the city is known of its case.

    Args:
        letter: a row of ``letters``.
    """
    content = letter["content"]
    named = (content, *content.get("others", ()))
    is_own = letter["recipient"] == letter["sender"]
    return is_own and not all(case.get("county_name") for case in named)


def is_unplaced_plan(force: Mapping[str, Any]) -> bool:
    """Whether no county of the city is known of a plan's case; a plan that does not tell it: no.

    Args:
        force: a row of ``task_forces``.
    """
    return not force["content"].get("county_name", "-")


def marked(units: Any, *, unplaced: bool) -> str:
    """Units as a list of letters or plans shows them: marked where nobody knows whose it is."""
    unknown = say("（属地不明）", " (county not known)") if unplaced else ""
    return f"{units}{unknown}"


def contact_of(category: Any, county_code: Any, settings: EscalationSettings, kind: str) -> str:
    """The unit's duty line or mailbox; empty where the directory has none."""
    code = county_code if isinstance(county_code, str) else ""
    best = _best(category, code, kind, settings)
    return "" if best is None else best.contact


def coverage(settings: EscalationSettings, categories: tuple[str, ...]) -> tuple[int, int]:
    """(all combinations of category, county and kind of letter, those with a directory line)."""
    kinds = [kind.name for kind in settings.letters]
    named = sum(
        _best(category, county, kind, settings) is not None
        for county in settings.counties
        for category in ("", *categories)
        for kind in kinds
    )
    return len(settings.counties) * (len(categories) + 1) * len(kinds), named
