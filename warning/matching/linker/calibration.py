"""Probabilities held against verdicts: two numbers that stretch and shift the weight.

Platt's (1999) logistic calibration on the weight in bits: the calibrated log-odds are
``slope · weight + shift``. It is strictly monotone, so pairs keep their order and a higher threshold
still never adds links, and it is one more part in bits, so that parts still sum to the weight.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker.weights import Bits, probability

Floats = npt.NDArray[np.float64]
#: What is believed before verdicts, in bits: a slope of 1 and no shift, give or take so much.
SLOPE_SPREAD, SHIFT_SPREAD = 0.5, 4.0
LEAST_SLOPE = 0.1
#: Farther weights say no more of how odds fit: one wrong verdict there would outvote hundreds.
FARTHEST = 20.0
PART = "calibration"
EDGES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


@dataclass(frozen=True)
class Calibration:
    """How weights become probabilities; the default leaves them as they are.

    Attributes:
        slope, shift: calibrated bits = slope · weight + shift; slope > 0.
        verdicts: judged pairs behind it.
    """

    slope: float = 1.0
    shift: float = 0.0
    verdicts: int = 0

    def part(self, weight: Bits | Floats) -> Bits:
        """What calibration adds to weights, in bits."""
        return np.asarray((self.slope - 1.0) * weight + self.shift, np.float32)

    def raw(self, chance: float) -> float:
        """The probability that, uncalibrated, has the weight that now means ``chance``."""
        bits = (np.log2(chance / (1.0 - chance)) - self.shift) / self.slope
        return float(np.clip(1.0 / (1.0 + np.exp2(-np.clip(bits, -40, 40))), 1e-9, 1 - 1e-9))


def fit(weight: Bits | Floats, same: npt.NDArray[np.bool_]) -> Calibration:
    """The likeliest slope and shift for judged pairs, with what is believed before.

    Args:
        weight: bits of the judged pairs as they were before any verdict.
        same: what was judged.
    """
    x = np.clip(np.asarray(weight, float), -FARTHEST, FARTHEST) * np.log(2.0)
    y = np.asarray(same, float)
    start = np.array([1.0, 0.0])
    spread = np.array([SLOPE_SPREAD, SHIFT_SPREAD * np.log(2.0)])
    found = start.copy()
    design = np.column_stack([x, np.ones(len(x))])
    for _ in range(100):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -40, 40)))
        slope = design.T @ (y - chance) - (found - start) / spread**2
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(1 / spread**2)
        step = np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        found = found + step
        found[0] = max(found[0], LEAST_SLOPE)
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(float(found[0]), float(found[1] / np.log(2.0)), len(y))


def calibrated_pairs(pairs: pd.DataFrame, calibration: Calibration) -> pd.DataFrame:
    """Pairs of a linkage with the calibration as one more part; what people decided stays 1."""
    raw = pairs["weight"].to_numpy()
    weight = raw + calibration.part(raw)
    # A pair that people decided has probability 1 whatever its weight says.
    decided = pairs["probability"].to_numpy() > probability(raw) + 1e-6
    at = list(pairs.columns).index("weight")
    result = pairs.assign(weight=weight, probability=np.where(decided, 1.0, probability(weight)))
    result.insert(at, PART, calibration.part(raw))
    return result


def reliability(chance: Bits | Floats, same: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Probabilities beside what was judged.

    Returns:
        low, high (probability, low inclusive), pairs, mean (probability), same (share judged the
        same); bins without a pair are left out.
    """
    chance = np.asarray(chance, float)
    place = np.clip(np.searchsorted(EDGES, chance, "right") - 1, 0, len(EDGES) - 2)
    frame = pd.DataFrame({"bin": place, "mean": chance, "same": np.asarray(same, float)})
    table = frame.groupby("bin").agg(pairs=("mean", "size"), mean=("mean", "mean"),
                                     same=("same", "mean")).reset_index()  # fmt: skip
    edges = np.asarray(EDGES)
    table.insert(0, "low", edges[table["bin"]])
    table.insert(1, "high", edges[table["bin"] + 1])
    return table.drop(columns="bin")


def calibration_error(chance: Bits | Floats, same: npt.NDArray[np.bool_]) -> float:
    """Mean distance between probability and judged share over the bins, weighed by pairs."""
    table = reliability(chance, same)
    share = table["pairs"] / max(1, table["pairs"].sum())
    return float((share * (table["mean"] - table["same"]).abs()).sum())
