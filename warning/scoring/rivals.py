"""The models that the default is held against: rules, Gamma–Poisson, monotone boosting."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from warning.errors import ARCHIVE_FAULTS
from warning.language import say
from warning.scoring.features import FEATURES, TRANSFORMS
from warning.scoring.history import Flags, Floats
from warning.scoring.model import Model, library_versions, refusal

#: The only types beyond skops' own that a model file may hold.
ALLOWED_TYPES = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
#: Days that the rules people use look back → the feature that counts whole incidents in them.
RULE_FEATURES = {90: "quarter_count", 365: "year_count"}
#: Trees are few and small: the gain over them was not measurable on the public logs.
BOOSTING = {"max_iter": 150, "learning_rate": 0.05, "max_leaf_nodes": 12, "l2_regularization": 5.0}


@dataclass(frozen=True, kw_only=True)
class RuleModel(Model):
    """A rule in use, "so many incidents in so many days", with the rates seen when it fires.

    Attributes:
        incidents: from how many on it fires.
        gain: log-odds that its firing adds, ≥ 0.
    """

    kind: ClassVar[str] = "rule"

    incidents: int
    gain: float

    def raw_points(self, shown: Floats) -> Floats:
        """See :class:`Model`."""
        return np.where(shown >= self.incidents, self.gain, 0.0)

    @classmethod
    def parameters(cls, content: Mapping[str, Any]) -> dict[str, Any]:
        """See :class:`Model`."""
        return {"incidents": int(content["incidents"]), "gain": float(content["gain"])}


@dataclass(frozen=True, kw_only=True)
class GammaPoissonModel(Model):
    """Each case's own rate: a gamma prior of the city, updated by its decayed count.

    For the cold start: two numbers can be learned from little history. The chance of an
    incident within t days is 1 − ((rate + exposure) / (rate + exposure + t)) ** (shape + count).

    Attributes:
        shape, rate: of the gamma prior; shape / rate is incidents a day of a new case.
    """

    kind: ClassVar[str] = "gamma_poisson"

    shape: float
    rate: float

    def __post_init__(self) -> None:
        if not (self.shape > 0 and self.rate > 0) or len(self.features) != 1:
            raise ValueError("shape and rate must be above 0, and one feature given")

    @property
    def exposure(self) -> float:
        """Days that the decayed count stands for."""
        forgotten = 1 - 2.0 ** (-self.memory_days / self.half_lives.long)
        return float(self.half_lives.long / np.log(2) * forgotten)

    def raw_points(self, shown: Floats) -> Floats:
        """See :class:`Model`."""
        return self._odds(shown) - self._odds(np.zeros(1))

    def _odds(self, count: Floats) -> Floats:
        """Log-odds of an incident within the horizon."""
        before = self.rate + self.exposure
        quiet = (self.shape + count) * np.log(before / (before + self.horizon_days))
        return np.asarray(np.log(-np.expm1(quiet)) - quiet, np.float64)

    @classmethod
    def parameters(cls, content: Mapping[str, Any]) -> dict[str, Any]:
        """See :class:`Model`."""
        return {"shape": float(content["shape"]), "rate": float(content["rate"])}

    @classmethod
    def fit(cls, count: Floats, recurs: Flags, **common: Any) -> "GammaPoissonModel":
        """The likeliest shape and rate, drawn a little to 0.3 and 200 days where data are few."""
        from scipy.optimize import minimize  # seconds to import, only where a model is fitted

        target = recurs.astype(np.float64)

        def model(logarithms: Floats) -> "GammaPoissonModel":
            shape, rate = np.exp(np.clip(logarithms, -8, 10))
            built = cls(shape=float(shape), rate=float(rate), base=0.0, **common)
            start = float(built._odds(np.zeros(1))[0])
            return cls(shape=float(shape), rate=float(rate), base=start, **common)

        def loss(logarithms: Floats) -> float:
            odds = model(logarithms)._odds(count)
            drawn = float(np.sum((logarithms - np.log([0.3, 200.0])) ** 2)) / 2
            return float(np.sum(np.logaddexp(0, odds) - target * odds)) + drawn

        found = minimize(loss, np.log([0.3, 200.0]), method="Nelder-Mead")
        return model(np.asarray(found.x, np.float64))


@dataclass(frozen=True, kw_only=True)
class BoostedModel(Model):
    """Gradient boosting of trees, monotone where the features are: the challenger.

    Parts are found by taking the case's values one feature after the other, in order, in place
    of the average case's: exact, and they sum to the log-odds.

    Attributes:
        averages: the average case's inputs; ``base`` is its log-odds.
        trees: the estimator as skops writes it, base64; opened with :data:`ALLOWED_TYPES` only.
    """

    kind: ClassVar[str] = "boosted"

    averages: tuple[float, ...]
    trees: str

    def raw_points(self, shown: Floats) -> Floats:
        """See :class:`Model`."""
        estimator = opened(self.trees)
        given = inputs(shown, self.features)
        mixed = np.tile(np.array(self.averages), (len(given), 1))
        before = np.asarray(estimator.decision_function(mixed)) if len(given) else np.zeros(0)
        parts = np.zeros_like(given)
        for column in range(given.shape[1] if len(given) else 0):
            mixed[:, column] = given[:, column]
            after = np.asarray(estimator.decision_function(mixed))
            parts[:, column] = after - before
            before = after
        return parts

    def log_odds(self, shown: Floats) -> Floats:
        """See :class:`Model`; without the parts, which take one pass of the trees each."""
        if not len(shown):
            return np.zeros(0)
        whole = opened(self.trees).decision_function(inputs(shown, self.features))
        start = opened(self.trees).decision_function(np.array([self.averages]))
        return np.asarray(self.base + self.slope * (whole - start[0]), np.float64)

    @classmethod
    def parameters(cls, content: Mapping[str, Any]) -> dict[str, Any]:
        """See :class:`Model`."""
        trained = content["libraries"].get("scikit-learn", "")
        present = library_versions()["scikit-learn"]
        if trained.split(".")[:2] != present.split(".")[:2]:
            raise refusal(
                "scikit-learn",
                say(f"模型由版本 {trained} 训练", f"the model was trained with {trained}"),
                present,
            )
        return {
            "averages": tuple(map(float, content["averages"])),
            "trees": str(content["trees"]),
        }

    @classmethod
    def fit(cls, shown: Floats, recurs: Flags, features: Sequence[str], **common: Any) -> "Model":
        """Fit the trees; a fixed seed gives the same trees for the same rows."""
        # Imported where they are used: they take a second, and only a boosted model needs them.
        import skops.io
        from sklearn.ensemble import HistGradientBoostingClassifier

        given = inputs(shown, features)
        estimator = HistGradientBoostingClassifier(
            **BOOSTING,
            min_samples_leaf=min(100, max(5, len(given) // 50)),
            monotonic_cst=[int(FEATURES[name].monotone) for name in features],
            early_stopping=False,
            random_state=0,
        )
        estimator.fit(given, recurs)
        averages = np.median(given, axis=0)
        text = base64.b64encode(skops.io.dumps(estimator)).decode("ascii")
        return cls(
            features=tuple(features),
            averages=tuple(map(float, averages)),
            base=float(estimator.decision_function(averages[None, :])[0]),
            trees=text,
            **common,
        )


def inputs(shown: Floats, features: Sequence[str]) -> Floats:
    """Model inputs from the values people read."""
    columns = [TRANSFORMS[FEATURES[n].unit](shown[:, i]) for i, n in enumerate(features)]
    return np.column_stack(columns) if columns else np.zeros((len(shown), 0))


@lru_cache(maxsize=4)
def opened(trees: str) -> Any:
    """The estimator in a model file; nothing but the allowed types is ever built.

    Raises:
        ModelError: it holds other types, or is no skops file.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        content = base64.b64decode(trees, validate=True)
        return skops.io.loads(content, trusted=list(ALLOWED_TYPES))
    except UntrustedTypesFoundException as error:
        raise refusal(
            "trees",
            say(f"模型文件含有不允许的类型：{error}", f"types that are not allowed: {error}"),
            ", ".join(ALLOWED_TYPES),
        ) from error
    except (*ARCHIVE_FAULTS, LookupError, OSError, TypeError, AttributeError) as error:
        raise refusal("trees", say("已损坏，无法读取", "are damaged and cannot be read")) from error
