"""Codes and names that one file takes from another one: those that stand nowhere are refused.

What the packaged ``channels.yaml`` lists is known everywhere: a city whose own taxonomy or
channels are fewer keeps the defaults of the other files, which then mean nothing there.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from warning.errors import Problem
from warning.language import say
from warning.records import OUTCOMES
from warning.settings.base import packaged, place_in
from warning.settings.channels import ChannelsSettings
from warning.settings.escalation import EscalationSettings
from warning.settings.scoring import ScoringSettings
from warning.settings.tiers import Conditions, TiersSettings


class Reference(NamedTuple):
    """A name that another file lists, and where it stands: keys and positions down to it."""

    place: tuple[str | int, ...]
    name: str


def unknown_references(parts: Mapping[str, Any], paths: Mapping[str, Path]) -> list[Problem]:
    """Each code of a category or an outcome and each channel that is known nowhere, with its line.

    Args:
        parts: the files' contents by name (``scoring``); None where a file could not be read.
        paths: the files by the same names.
    """
    channels = parts["channels"]
    if channels is None:
        return []
    problems = []
    for file, part in parts.items():
        if part is None:
            continue
        for found, missing, problem in (
            (_categories(part), _no_category, _category_problem),
            (_directory(part), _not_of_the_city, _category_problem),
            (_channels(part), _no_channel, _channel_problem),
            (_outcomes(part), _no_outcome, _outcome_problem),
        ):
            for reference in found:
                if missing(reference.name, channels):
                    line, key = place_in(paths[file], reference.place)
                    problems.append(problem(f"{paths[file]}:{line}", key, reference.name, channels))
    return problems


def not_protecting(
    channels: ChannelsSettings,
    scoring: ScoringSettings,
    escalation: EscalationSettings,
    tiers: TiersSettings,
) -> list[str]:
    """What is to protect people and does not, in words.

    It withholds texts from letters and names nothing that this city has, leaves no complaint out
    of persons' scores as no channel has the name, or keeps no person below red.
    """
    told = []
    codes = scoring.domestic_violence_categories
    if codes and not any(_begins(prefix, channels) for prefix in codes):
        told.append(
            say(f"domestic_violence_categories（{'、'.join(codes)}）不在 taxonomy 中："
                "家庭暴力只按记叙中的词识别",
                f"domestic_violence_categories ({', '.join(codes)}) are not in the taxonomy: "
                "domestic violence is known by the words of the text alone")
        )  # fmt: skip
    names = escalation.withheld_channels
    if names and not set(names) & set(channels.channels):
        told.append(
            say(f"withheld_channels（{'、'.join(names)}）不在 channels 中：信访只按 withheld_words 识别",
                f"withheld_channels ({', '.join(names)}) are not among the channels: petitions "
                "are known by withheld_words alone")
        )  # fmt: skip
    strange = [name for name in scoring.complaints.channels if name not in channels.channels]
    if strange:
        own = tuple(channels.channels)
        told.append(
            say(f"complaints.channels（{'、'.join(strange)}）不在 channels（{'、'.join(own)}）中："
                "热线、信访如用别的渠道名称，会抬高人的评分",
                f"complaints.channels ({', '.join(strange)}) are not among the channels "
                f"({', '.join(own)}): a hotline or petitions of another name raise persons' scores")
        )  # fmt: skip
    persons = Conditions(kind="person")
    if not any(rule.when == persons and rule.at_most != "red" for rule in tiers.ceilings):
        told.append(
            say("ceilings 中没有对以人为线索的系列（when: {kind: person}）的上限：人也会升到红色",
                "no ceiling holds for cases of a person (when: {kind: person}): a person can be red")
        )  # fmt: skip
    return told


def _categories(part: Any) -> Iterator[Reference]:
    """Codes of categories, or how such a code begins; not "", which as a key stands for all."""
    if isinstance(part, ScoringSettings):
        yield from _each(("domestic_violence_categories",), part.domestic_violence_categories)
        yield from _each(("complaints", "categories"), part.complaints.categories)
        yield from _keys(("category_severity",), filter(None, part.category_severity))
    elif isinstance(part, TiersSettings):
        for kind in ("floors", "ceilings"):
            for number, rule in enumerate(getattr(part, kind)):
                if rule.when.category is not None:
                    yield Reference((kind, number, "when", "category"), rule.when.category)
    elif isinstance(part, EscalationSettings):
        yield from _keys(("departments",), filter(None, part.departments))
        yield from _keys(("task_force", "measures"), filter(None, part.task_force.measures))


def _directory(part: Any) -> Iterator[Reference]:
    """Categories of the directory: the packaged one is empty, so each is the city's own."""
    if isinstance(part, EscalationSettings):
        for number, line in enumerate(part.directory):
            if line.category:
                yield Reference(("directory", number, "category"), line.category)


def _channels(part: Any) -> Iterator[Reference]:
    if isinstance(part, ScoringSettings):
        yield from _each(("complaints", "channels"), part.complaints.channels)
    elif isinstance(part, EscalationSettings):
        yield from _each(("withheld_channels",), part.withheld_channels)


def _outcomes(part: Any) -> Iterator[Reference]:
    if isinstance(part, ScoringSettings):
        yield from _each(("settled_outcomes",), part.settled_outcomes)


def _each(place: tuple[str, ...], names: Iterable[str]) -> Iterator[Reference]:
    for number, name in enumerate(names):
        yield Reference((*place, number), name)


def _keys(place: tuple[str, ...], names: Iterable[str]) -> Iterator[Reference]:
    for name in names:
        yield Reference((*place, name), name)


@cache
def _packaged() -> ChannelsSettings:
    return packaged("channels.yaml", ChannelsSettings)


def _begins(prefix: str, channels: ChannelsSettings) -> bool:
    """Whether a code of the taxonomy begins so."""
    return bool(prefix) and any(code.startswith(prefix) for code in channels.taxonomy)


def _no_category(name: str, channels: ChannelsSettings) -> bool:
    return not _begins(name, channels) and not _begins(name, _packaged())


def _not_of_the_city(name: str, channels: ChannelsSettings) -> bool:
    return not _begins(name, channels)


def _no_channel(name: str, channels: ChannelsSettings) -> bool:
    return name not in channels.channels and name not in _packaged().channels


def _no_outcome(name: str, _channels: ChannelsSettings) -> bool:
    return name not in OUTCOMES


def _category_problem(where: str, key: str, name: str, channels: ChannelsSettings) -> Problem:
    code = {word: code for code, word in channels.taxonomy.items()}.get(name)
    return Problem(
        where,
        say(f"{key}：没有类别代码“{name}”", f"{key}: there is no code of a category {name!r}"),
        say("channels.yaml 中 taxonomy 的代码或其开头",
            "a code of the taxonomy in channels.yaml, or how one begins"),
        say("改正这一行", "correct this line") if code is None
        else say(f"写代码 {code}", f"write its code {code}"),
    )  # fmt: skip


def _channel_problem(where: str, key: str, name: str, channels: ChannelsSettings) -> Problem:
    return Problem(
        where,
        say(f"{key}：没有渠道“{name}”", f"{key}: there is no channel {name!r}"),
        say("channels.yaml 中的渠道：", "a channel of channels.yaml: ")
        + say("、", ", ").join(channels.channels),
        say("改正这一行", "correct this line"),
    )


def _outcome_problem(where: str, key: str, name: str, channels: ChannelsSettings) -> Problem:
    code = channels.words.outcomes.get(name)
    return Problem(
        where,
        say(f"{key}：没有结果代码“{name}”", f"{key}: there is no code of an outcome {name!r}"),
        say("、", ", ").join(OUTCOMES),
        say("改正这一行", "correct this line") if code is None
        else say(f"写代码 {code}", f"write its code {code}"),
    )  # fmt: skip
