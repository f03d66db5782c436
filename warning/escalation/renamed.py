"""Letters whose step of the ladder was renamed since, or is gone."""

from collections.abc import Mapping

import pandas as pd

from warning.escalation.past import OPEN
from warning.language import say
from warning.settings.escalation import EscalationSettings

#: How a night's counts name the open letters of a kind that is in no step.
NO_STEP = "of no step: "


def under_present_names(letters: pd.DataFrame, settings: EscalationSettings) -> pd.DataFrame:
    """Letters with the kind that their step has now; a letter itself keeps the name it was sent by.

    Args:
        letters: kind.
        settings: the ladder, with ``formerly``.
    """
    names = settings.present_names
    if not names:
        return letters
    kinds = [names.get(kind, kind) for kind in letters["kind"].tolist()]
    return letters.assign(kind=pd.Series(kinds, index=letters.index, dtype=letters["kind"].dtype))


def of_no_step(letters: pd.DataFrame, settings: EscalationSettings) -> pd.DataFrame:
    """The open letters that belong to no step of the ladder: they never climb.

    Args:
        letters: kind, status.
        settings: the ladder.
    """
    kinds = [kind.name for kind in settings.letters]
    present = under_present_names(letters, settings)["kind"]
    return letters[letters["status"].isin(OPEN) & ~present.isin(kinds)]


def no_step_sentence(kinds: Mapping[str, int]) -> str:
    """What stands against letters of no step, and what to do.

    Args:
        kinds: the kind → how many are open.
    """
    listed = "、".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    first = min(kinds)
    return say(
        f"有未结函件的种类不在 escalation.yaml 的阶梯中（{listed}），不会上升：改了名的，在该级写 "
        f"formerly: [{first}]；取消了的，照常办结，或用 warning letters close 撤回",
        f"open letters are of no step of escalation.yaml ({listed}) and never climb: where the step "
        f"was renamed, give it formerly: [{first}]; where it is gone, finish them as ever, or "
        "withdraw them with warning letters close",
    )
