"""One letter for several cases of one recipient, where the configuration bundles its kind.

The letter's ``case_id`` is its first case; ``content["others"]`` holds the rest, each with its
case_id, tier, category and reason. Domestic violence always has a letter of its own. A letter
follows the cases that it was drafted for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from warning.language import say
from warning.settings.escalation import EscalationSettings
from warning.tabular import among_names, distinct_texts

#: How the store's table of merges notes that a merged case stands by itself again: were it away
#: after that, it would else be part of the other one again.
PARTED = "parted"
#: The kinds of that table's rows that tell of cases.
CASE_MERGES = ("case", PARTED)
#: What a further case leaves in the letter's content.
KEPT = ("county_code", "county_name", "tier", "category", "probability", "severity", "reasons",
        "incident_count")  # fmt: skip


def cases_of(letter: Mapping[Any, Any]) -> list[str]:
    """The cases that a letter carries, the first one first."""
    others = letter["content"].get("others", ())
    return [str(letter["case_id"]), *(str(other["case_id"]) for other in others)]


def cases_in_brief(
    letters: pd.DataFrame, standing: pd.Series, *, chinese: bool = False
) -> list[str]:
    """Of each letter its first case, of how many where it carries several, and if all are gone.

    A letter climbs no more once none of its cases stands.

    Args:
        letters: case_id, content.
        standing: the cases that there are.
        chinese: in Chinese whatever the reader's language, as an office keeps it.
    """
    told = []
    stand = distinct_texts(standing[among_names(standing, carried(letters)["case_id"])])
    lost = "（系列已不存在）"
    for letter in letters[["case_id", "content"]].to_dict("records"):
        first, *others = cases_of(letter)
        counted = f" 等 {1 + len(others)} 个"
        more = counted if chinese else say(counted, f" and {len(others)} more")
        gone = lost if chinese else say(lost, " (the case is gone)")
        named = first + more if others else first
        told.append(named + gone if stand.isdisjoint((first, *others)) else named)
    return told


def drafted_cases(letter: Mapping[Any, Any]) -> list[str]:
    """The cases that a letter was drafted for, the first one first."""
    content = letter["content"]
    others = content.get("drafted_others", content.get("others", ()))
    return [str(letter["drafted_for"]), *(str(other["case_id"]) for other in others)]


def carried(letters: pd.DataFrame) -> pd.DataFrame:
    """A row a letter and case; ``letters`` itself where no letter carries several."""
    if "content" not in letters or not any("others" in content for content in letters["content"]):
        return letters
    rows = letters[["case_id", "content"]].to_dict("records")
    cases = pd.Series([cases_of(row) for row in rows], index=letters.index, dtype="object")
    return letters.assign(case_id=cases).explode("case_id")


def in_force(merges: pd.DataFrame) -> pd.DataFrame:
    """Of each case the last merge, unless it stood by itself since.

    Args:
        merges: kind, from_id, into_id; the oldest first.
    """
    mine = merges[merges["kind"].isin(CASE_MERGES)].drop_duplicates("from_id", keep="last")
    return mine[mine["kind"] != PARTED]


def merged_into(merges: pd.DataFrame, standing: "pd.Series[str]") -> dict[str, str]:
    """Case → the one it was merged into last; a case that stands again was merged into none.

    Args:
        merges: kind, from_id, into_id; the oldest first.
        standing: the cases that there are.
    """
    mine = in_force(merges)
    back = standing[among_names(standing, mine["from_id"])]
    mine = mine[~mine["from_id"].isin(back)]
    return dict(zip(mine["from_id"], mine["into_id"], strict=True))


def survivor_of(case_id: str, merged: Mapping[str, str]) -> str:
    """The case at the end of a chain of merges, of :func:`merged_into`."""
    seen: set[str] = set()
    while case_id in merged and case_id not in seen:
        seen.add(case_id)
        case_id = merged[case_id]
    return case_id


def followed(drafted_for: "pd.Series[str]", merged: Mapping[str, str]) -> "pd.Series[str]":
    """The cases that those of a column are part of now."""
    cases = [survivor_of(case_id, merged) for case_id in drafted_for.tolist()]
    return pd.Series(cases, index=drafted_for.index, dtype=drafted_for.dtype)


def follow(letters: pd.DataFrame, merged: Mapping[str, str]) -> pd.DataFrame:
    """Letters with the cases that those they were drafted for are part of now.

    So a merge that is undone gives a letter back. Where it took one of the further cases of a
    letter elsewhere, ``content["drafted_others"]`` holds them as they were drafted.

    Args:
        letters: case_id, drafted_for, content.
        merged: of :func:`merged_into`.
    """
    moved = letters.assign(case_id=followed(letters["drafted_for"], merged))
    if carried(letters) is letters:
        return moved
    rows = zip(moved["case_id"].tolist(), moved["content"].tolist(), strict=True)
    contents = [_followed(case_id, content, merged) for case_id, content in rows]
    return moved.assign(content=pd.Series(contents, index=moved.index, dtype="object"))


def moved_between(before: pd.DataFrame, after: pd.DataFrame) -> frozenset[str]:
    """The cases that letters came to or left, from where they lay to where they lie."""
    pairs = [
        set(zip(letters["letter_id"].tolist(), letters["case_id"].tolist(), strict=True))
        for letters in (carried(before), carried(after))
    ]
    return frozenset(str(case_id) for _, case_id in pairs[0] ^ pairs[1])


def _followed(
    first: str, content: Mapping[str, Any], merged: Mapping[str, str]
) -> Mapping[str, Any]:
    """The content of a letter whose further cases are those that survived, each of them once."""
    if "others" not in content:
        return content
    drafted = content.get("drafted_others", content["others"])
    told, others = {first}, []
    for other in drafted:
        case_id = survivor_of(str(other["case_id"]), merged)
        if case_id not in told:
            told.add(case_id)
            others.append({**other, "case_id": case_id})
    kept = {name: value for name, value in content.items() if name != "drafted_others"}
    return {**kept, "others": others} | ({} if others == drafted else {"drafted_others": drafted})


def less(letter: Mapping[str, Any], gone: set[str], merged: Mapping[str, str]) -> dict[str, Any]:
    """A letter without some of its cases; where the first is among them the next takes its place.

    ``content["left_out"]`` keeps which they were: the letter never told of them.

    Args:
        letter: case_id, drafted_for, reason, content.
        gone: cases of :func:`cases_of`, not all of them.
        merged: of :func:`merged_into`.
    """
    content = {name: value for name, value in letter["content"].items() if name != "others"}
    drafted = content.pop("drafted_others", letter["content"].get("others", ()))
    others = [one for one in drafted if survivor_of(str(one["case_id"]), merged) not in gone]
    first = {"case_id": letter["drafted_for"], "reason": letter["reason"]}
    if letter["case_id"] in gone:
        first, *others = others
        # Drafts of older versions keep no county of a further case.
        content = {name: value for name, value in content.items() if name not in KEPT}
        content |= {name: first[name] for name in KEPT if name in first}
    content |= {"left_out": sorted(gone)} | ({"others": others} if others else {})
    case_id = survivor_of(str(first["case_id"]), merged)
    return {
        **letter,
        "case_id": case_id,
        "drafted_for": first["case_id"],
        "reason": first["reason"],
        "content": _followed(case_id, content, merged),
    }


def left_out(
    letters: pd.DataFrame, replaced: Iterable[str], among: pd.Series
) -> list[tuple[str, str, pd.Timestamp, bool]]:
    """(case, kind, drafted_at, replaced) of cases that a letter of several may have gone on without.

    It was approved without them, or replaced since all of its cases that then stood had a higher
    one.

    Args:
        letters: kind, drafted_at, content; where their cases lie now.
        replaced: letter_id of those replaced by a higher step.
        among: the cases to look for.
    """
    late = set(replaced)
    columns = ["letter_id", "case_id", "kind", "drafted_at", "content"]
    found: list[tuple[str, str, pd.Timestamp, bool]] = []
    for letter_id, case_id, kind, drafted_at, content in zip(
        *(letters[name].tolist() for name in columns), strict=True
    ):
        found += [(one, kind, drafted_at, False) for one in content.get("left_out", ())]
        if letter_id in late and "others" in content:
            carries = cases_of({"case_id": case_id, "content": content})
            found += [(one, kind, drafted_at, True) for one in carries]
    wanted = distinct_texts(among) if found else frozenset()
    return [one for one in found if one[0] in wanted]


def bundle(
    letters: Sequence[Mapping[str, Any]], settings: EscalationSettings, alone: Iterable[str]
) -> list[Mapping[str, Any]]:
    """The night's letters, those of one kind to one recipient and departments made one.

    Those of one letter have the same copies.

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
        content = letter["content"]
        key = (letter["kind"], letter["recipient"], *content["departments"], "", *content["copies"])
        place = groups.setdefault(key, len(made))
        if place == len(made):
            made.append(letter)
            continue
        content = made[place]["content"]
        other = {"case_id": letter["case_id"], "reason": letter["reason"]}
        other |= {name: letter["content"][name] for name in KEPT}
        made[place] = {
            **made[place],
            "content": {
                **content,
                "next_step": content["next_step"] or letter["content"]["next_step"],
                "others": [*content.get("others", ()), other],
            },
        }
    return made
