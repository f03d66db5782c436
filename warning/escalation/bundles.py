"""One letter for several cases of one recipient, where the configuration bundles its kind.

The letter's ``case_id`` is its first case; ``content["others"]`` holds the rest, each with its
case_id, tier, category and reason. Domestic violence always has a letter of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from warning.settings.escalation import EscalationSettings

#: What a further case leaves in the letter's content.
KEPT = ("tier", "category", "probability", "severity", "reasons", "incident_count")


def cases_of(letter: Mapping[Any, Any]) -> list[str]:
    """The cases that a letter carries, the first one first."""
    others = letter["content"].get("others", ())
    return [str(letter["case_id"]), *(str(other["case_id"]) for other in others)]


def carried(letters: pd.DataFrame) -> pd.DataFrame:
    """A row a letter and case; ``letters`` itself where no letter carries several."""
    if "content" not in letters or not any("others" in content for content in letters["content"]):
        return letters
    rows = letters[["case_id", "content"]].to_dict("records")
    cases = pd.Series([cases_of(row) for row in rows], index=letters.index, dtype="object")
    return letters.assign(case_id=cases).explode("case_id")


def follow(letters: pd.DataFrame, survivor: Mapping[str, str]) -> pd.DataFrame:
    """Letters whose cases are those that survived a merge.

    Args:
        letters: case_id, content.
        survivor: case → the one that it was merged into.
    """

    def last(case_id: str) -> str:
        seen: set[str] = set()
        while case_id in survivor and case_id not in seen:
            seen.add(case_id)
            case_id = survivor[case_id]
        return case_id

    moved = letters.assign(case_id=[last(case_id) for case_id in letters["case_id"].tolist()])
    if carried(letters) is letters:
        return moved.astype({"case_id": letters["case_id"].dtype})
    contents = []
    for row in moved[["case_id", "content"]].to_dict("records"):
        content, told = dict(row["content"]), {row["case_id"]}
        others = []
        for other in content.get("others", ()):
            case_id = last(str(other["case_id"]))
            if case_id not in told:
                told.add(case_id)
                others.append({**other, "case_id": case_id})
        if "others" in content:
            content["others"] = others
        contents.append(content)
    return moved.assign(content=pd.Series(contents, index=moved.index, dtype="object"))


def merged_into(merges: pd.DataFrame) -> dict[str, str]:
    """Case → the one it was merged into; of the columns kind, from_id, into_id."""
    mine = merges[merges["kind"] == "case"]
    return dict(zip(mine["from_id"], mine["into_id"], strict=True))


def bundle(
    letters: Sequence[Mapping[str, Any]], settings: EscalationSettings, alone: Iterable[str]
) -> list[Mapping[str, Any]]:
    """The night's letters, those of one kind to one recipient and departments made one.

    Args:
        letters: a letter a case, sorted by case_id.
        settings: ``bundle`` names the kinds.
        alone: cases that have a letter of their own.
    """
    single = set(alone)
    made: list[Mapping[str, Any]] = []
    groups: dict[tuple[str, ...], int] = {}
    for letter in letters:
        if letter["kind"] not in settings.bundle or letter["case_id"] in single:
            made.append(letter)
            continue
        key = (letter["kind"], letter["recipient"], *letter["content"]["departments"])
        place = groups.setdefault(key, len(made))
        if place == len(made):
            made.append(letter)
            continue
        content = made[place]["content"]
        other = {"case_id": letter["case_id"], "reason": letter["reason"]}
        other |= {name: letter["content"][name] for name in KEPT}
        made[place] = {
            **made[place],
            "content": {**content, "others": [*content.get("others", ()), other]},
        }
    return made
