"""From linked history to probabilities and tiers. See docs/architecture.md."""

from warning.scoring.backtest import Backtest, backtest
from warning.scoring.drift import Drift, drift
from warning.scoring.facts import record_facts
from warning.scoring.history import History
from warning.scoring.model import Model, load_model
from warning.scoring.probability import score
from warning.scoring.tiers import assign_tiers, case_facts
from warning.scoring.training import train

__all__ = [
    "Backtest",
    "Drift",
    "History",
    "Model",
    "assign_tiers",
    "backtest",
    "case_facts",
    "drift",
    "load_model",
    "record_facts",
    "score",
    "train",
]
