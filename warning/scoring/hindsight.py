"""A night by a model that was trained on later reports: its scores know what nobody knew then."""

from typing import Any

import pandas as pd

from warning.language import say
from warning.scoring.model import Model, load_model

#: Name of the fact in a run's summary: the moment up to which the model saw reports, else None.
TRAINED_LATER = "model_trained_later"


def hindsight(model: Model, as_of: pd.Timestamp) -> dict[str, str | None]:
    """The fact of a run's summary; :func:`hindsight_sentence` reads it.

    The packaged model has seen no reports of any city.
    """
    until = model.training.get("as_of")
    later = until is not None and pd.Timestamp(until) > as_of
    return {TRAINED_LATER: until if later and model.hash != load_model().hash else None}


def hindsight_sentence(until: Any) -> str:
    """What the fact of :func:`hindsight` means, in one plain sentence; "" where it is None."""
    if until is None:
        return ""
    return say(
        f"这一夜所用的模型用到了 {until} 为止的报告训练，晚于这一夜：概率和等级不全是当时所知。"
        "补算过去，请用 warning run --model 指定当时的模型。",
        f"This night's model was trained on reports up to {until}, later than the night: its "
        "probabilities and tiers are not what was known then. For a past night name the model of "
        "that time: warning run --model.",
    )
