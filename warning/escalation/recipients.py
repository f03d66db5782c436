"""Who gets a letter: the most particular line of the directory that fits county and category."""

from typing import Any

from warning.errors import Problem
from warning.language import say
from warning.settings.escalation import EscalationSettings


def recipient_of(
    category: Any, county_code: Any, settings: EscalationSettings
) -> tuple[str, tuple[str, ...]]:
    """The unit that a letter goes to, and those that get a copy.

    A case of a county that the configuration does not know goes to the city's own unit.
    """
    code = county_code if isinstance(county_code, str) else ""
    kind = category if isinstance(category, str) else ""
    county = settings.counties.get(code)
    if county is None:
        return settings.city_unit, ()
    fitting = [
        unit
        for unit in settings.directory
        if unit.county in ("", code) and kind.startswith(unit.category)
    ]
    if not fitting:
        return settings.county_unit.format(county=county), ()
    best = max(fitting, key=lambda unit: (bool(unit.county), len(unit.category)))
    return best.unit.format(county=county), tuple(
        copy.format(county=county) for copy in best.copies
    )


def unresolved(settings: EscalationSettings, categories: tuple[str, ...]) -> list[Problem]:
    """Lines of the directory that can never count, and texts that name what does not exist.

    Args:
        settings: the configuration.
        categories: codes of the taxonomy.
    """
    problems = []
    for place, unit in enumerate(settings.directory, start=1):
        where = f"escalation.yaml: directory {place} ({unit.unit})"
        if unit.county and unit.county not in settings.counties:
            problems.append(
                Problem(
                    where,
                    say(f"没有县区 {unit.county}", f"no county {unit.county}"),
                    ", ".join(settings.counties),
                )
            )
        if unit.category and not any(code.startswith(unit.category) for code in categories):
            problems.append(
                Problem(where, say(f"没有类别 {unit.category}", f"no category {unit.category}"))
            )
    combinations = [
        (category, county) for county in settings.counties for category in ("", *categories)
    ]
    for category, county in combinations:
        try:
            name, _ = recipient_of(category, county, settings)
        except (KeyError, IndexError, ValueError) as error:
            problems.append(
                Problem(
                    f"escalation.yaml: directory ({county}, {category})",
                    say(f"名称无法填写：{error!r}", f"the name cannot be filled: {error!r}"),
                    "{county}",
                )
            )
            continue
        if not name.strip():
            problems.append(
                Problem(
                    f"escalation.yaml: directory ({county}, {category})",
                    say("没有主送单位", "no recipient"),
                )
            )
    return problems
