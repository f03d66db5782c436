"""What was drafted and nobody has signed, held against what is known of its cases now."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from warning.errors import Problem, RefusedError
from warning.escalation.case_file import CaseFile
from warning.escalation.recipients import recipient_of
from warning.escalation.themes import themes_of
from warning.language import say
from warning.settings import Settings
from warning.settings.escalation import EscalationSettings


def check_addressees(
    letter: Mapping[str, Any],
    files: Sequence[CaseFile],
    settings: EscalationSettings,
    officer: str,
) -> None:
    """Refuse a draft whose recipient or copies are others by what is known of its cases now.

    What only ``escalation.yaml`` names otherwise since is told (:func:`.readdressed_since`).

    Args:
        letter: a row of ``letters``, without the cases that are gone.
        files: what is known now of the cases that it carries, in their order.
        settings: units, directory and former names of letters.
        officer: who approves it.

    Raises:
        RefusedError: it names the units and the command that drafts the letter anew.
    """
    told = _recipients(letter, files, settings) + _copies(letter, files, settings)
    if len(files) > 1 and any(file.is_domestic_violence for file in files):
        told.append(say("涉家庭暴力的系列须单独成函",
                        "a case of domestic violence has a letter of its own"))  # fmt: skip
    if told:
        reason = say("系列情况已变", "what is known of the case has changed")
        given = (str(letter["letter_id"]), "--redo", "--officer", officer, "--reason", reason)
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say("起草之后系列的情况已变：", "what is known has changed since the draft: ")
                + say("；", "; ").join(told),
                action=say(
                    "撤回重办，下一夜重新起草：", "withdraw it, the next night drafts it anew: "
                )
                + f"warning letters close {shlex.join(given)}",
            )
        )


def with_departments(
    letter: Mapping[str, Any], files: Sequence[CaseFile], settings: Settings
) -> dict[str, Any]:
    """The letter with the departments that its cases call for now.

    Args:
        letter: a row of ``letters``.
        files: what is known now of the cases that it carries.
        settings: departments, and the categories of domestic violence.
    """
    violence = settings.scoring.domestic_violence_categories
    themes = [
        theme
        for file in files
        for theme in themes_of(file.category, violence, is_violent=file.is_domestic_violence)
    ]
    departments = list(settings.escalation.departments_of(*themes))
    return {**letter, "content": {**letter["content"], "departments": departments}}


def changed_since(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Sentences on what a letter or plan asks for now and did not as it was drafted, or no more.

    Args:
        before: a row of ``letters`` or ``task_forces`` as it was drafted.
        now: the row as it was approved.
    """
    told = []
    for name, chinese, english in (
        ("sender", "发文单位", "sender"),
        ("departments", "会同、成员单位", "departments"),
        ("measures", "措施", "measures"),
        ("milestones", "节点", "milestones"),
        ("levels", "核查层级", "verification levels"),
    ):
        was, is_now = (_listed(row["content"].get(name)) for row in (before, now))
        if is_now != was and name in before["content"]:
            units = "、".join(is_now)
            told.append(
                say(f"与起草时不同，{chinese}现为：{units}",
                    f"not as drafted, {english} now: {units}")
            )  # fmt: skip
    return told


def _listed(value: Any) -> list[str]:
    """The names of a content's units, measures or milestones, in their order.

    Without measures that its plan may not have: that goes by the records.
    """
    several = [value] if isinstance(value, str) else list(value or ())
    return [
        str(one["measure"] if isinstance(one, Mapping) else one)
        for one in several
        if not isinstance(one, Mapping) or one.get("warned") is None
    ]


def _cases(
    letter: Mapping[str, Any], files: Sequence[CaseFile]
) -> list[tuple[Mapping[str, Any], CaseFile]]:
    """Each case as it was drafted and as it is; drafts of older versions tell no county of some."""
    content = letter["content"]
    pairs = zip((content, *content.get("others", ())), files, strict=True)
    return [(then, now) for then, now in pairs if "county_code" in then]


def _kind(letter: Mapping[str, Any], settings: EscalationSettings) -> str:
    return settings.present_names.get(str(letter["kind"]), str(letter["kind"]))


def _recipients(
    letter: Mapping[str, Any], files: Sequence[CaseFile], settings: EscalationSettings
) -> list[str]:
    """At most one sentence, on the recipients that the cases have now."""
    kind, drafted = _kind(letter, settings), str(letter["recipient"])
    others: dict[str, None] = {}
    for then, file in _cases(letter, files):
        was, _ = recipient_of(then.get("category"), then["county_code"], settings, kind)
        unit, _ = recipient_of(file.category, file.county_code, settings, kind)
        if unit not in (was, drafted):
            others[unit] = None
    if not others:
        return []
    units = say("、", ", ").join(others)
    return [say(f"主送应为{units}，函中为{drafted}", f"recipient {units}, not {drafted}")]


def _copies(
    letter: Mapping[str, Any], files: Sequence[CaseFile], settings: EscalationSettings
) -> list[str]:
    """Sentences on copies that are lacking, and on those for units that it concerns no more."""
    kind, drafted = _kind(letter, settings), letter["content"].get("copies", ())
    now: dict[str, None] = {}
    named: dict[str, None] = {}  # that the directory gives a copy by the case as it was drafted
    beside: dict[str, None] = {}  # that any county beside the case's own would have brought
    for then, file in _cases(letter, files):
        unit, copies = recipient_of(file.category, file.county_code, settings, kind)
        theirs = _units(file.category, file.beside, settings, kind)
        own = (unit, settings.city_unit)
        now |= dict.fromkeys([*copies, *(other for other in theirs if other not in own)])
        category = then.get("category")
        named |= dict.fromkeys(recipient_of(category, then["county_code"], settings, kind)[1])
        beside |= dict.fromkeys(_units(category, settings.counties, settings, kind))
    lacking = [unit for unit in now if unit not in named and unit not in drafted]
    more = [unit for unit in drafted if unit not in now and (unit in named or unit in beside)]
    told = []
    if lacking:
        units = say("、", ", ").join(lacking)
        told.append(say(f"应抄送{units}", f"a copy to {units}"))
    if more:
        units = say("、", ", ").join(more)
        told.append(say(f"不应抄送{units}", f"no copy to {units}"))
    return told


def _units(
    category: Any, codes: Sequence[str] | Mapping[str, str], settings: EscalationSettings, kind: str
) -> list[str]:
    """The units that counties' letters of a category and kind go to."""
    return [recipient_of(category, code, settings, kind)[0] for code in codes]
