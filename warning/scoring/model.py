"""A model as a readable file: named features, what was fitted, where it comes from.

Every kind of model gives log-odds that are its base plus one part a feature, so that each can be
explained and recalibrated alike; ``tests/scoring/test_scoring_contract.py`` holds all to it.
"""

import hashlib
import json
import platform
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from warning.errors import ModelError, Problem
from warning.language import say
from warning.scoring.features import FEATURES, basis, width
from warning.scoring.history import Floats, Target
from warning.scoring.values import HalfLives, Reading

FORMAT = 2
#: Smaller points than this are not told: two decimals are.
LEAST_POINTS = 0.005
KINDS: dict[str, type["Model"]] = {}


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """What every model has and does.

    Attributes:
        horizon_days, cohort_days, memory_days: the windows it was trained for.
        target: recurrence, or worsening (a severe or graver incident).
        features: ordered names, each of :data:`warning.scoring.features.FEATURES`.
        reading: half-lives and category rates.
        base: the log-odds before any feature's points.
        slope: what calibration multiplies points by, ≥ 0.
        training: as_of, first and last window, counts of rows and recurrences, metrics, and
            what the training population looked like.
        libraries: versions it was trained with.
        card: what a person should know before using it.
        worsening: the model of worsening that belongs to it, where there is one.
    """

    kind: ClassVar[str] = ""

    horizon_days: int
    cohort_days: int
    memory_days: int
    features: tuple[str, ...]
    base: float
    target: Target = "recurrence"
    reading: Reading = field(default_factory=Reading)
    slope: float = 1.0
    training: dict[str, Any] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    card: str = ""
    worsening: "Model | None" = None

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        KINDS[cls.kind] = cls

    @property
    def half_lives(self) -> HalfLives:
        """Of the decayed counts, in days."""
        return self.reading.half_lives

    @abstractmethod
    def raw_points(self, shown: Floats) -> Floats:
        """Each feature's part before calibration, rows × features, from values people read."""

    @classmethod
    @abstractmethod
    def parameters(cls, content: Mapping[str, Any]) -> dict[str, Any]:
        """The kind's own fields from a file's content.

        Raises:
            KeyError, TypeError, ValueError: a part is missing or wrong.
        """

    def points(self, shown: Floats) -> Floats:
        """Each feature's share of the log-odds, rows × features; with ``base`` they sum to it."""
        if not self.features:
            return np.zeros((len(shown), 0))
        return np.asarray(self.raw_points(shown) * self.slope, np.float64)

    def log_odds(self, shown: Floats) -> Floats:
        """The log-odds within the horizon, one a row."""
        return np.asarray(self.base + self.points(shown).sum(axis=1), np.float64)

    def calibrated(self, slope: float, intercept: float) -> Self:
        """The model whose log-odds are ``slope`` · own + ``intercept``; slope ≥ 0."""
        return replace(self, slope=slope * self.slope, base=slope * self.base + intercept)

    @property
    def hash(self) -> str:
        """SHA-256 over the content, 64 hex digits."""
        text = json.dumps(self._content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _content(self) -> dict[str, Any]:
        own = asdict(replace(self, worsening=None))
        own["worsening"] = None if self.worsening is None else self.worsening._content()
        return {"kind": self.kind, **own}

    def to_json(self) -> str:
        """The file's text; :meth:`from_json` gives back an equal model."""
        content = {"format": FORMAT, "sha256": self.hash, **self._content()}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    @staticmethod
    def from_json(text: str, where: str = "model") -> "Model":
        """Read a model file's text.

        Raises:
            ModelError: no JSON, another format, a missing key, changed by hand, unknown features.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _no_model(where) from error
        if not isinstance(content, dict):
            raise _no_model(where)
        if content.pop("format", None) != FORMAT:
            raise refusal(
                where,
                say("模型格式不是本版本的", "its format is not this version's"),
                f"format {FORMAT}",
            )
        stated = content.pop("sha256", None)
        model = _model(content, where)
        if model.hash != stated:
            raise refusal(
                where,
                say(
                    "内容与其校验值不符，文件被改动或损坏",
                    "the content does not match its checksum: changed or damaged",
                ),
            )
        return model

    def check(self, horizon_days: int, cohort_days: int, memory_days: int) -> None:
        """Refuse a model that was trained for other windows than the settings ask for.

        Raises:
            ModelError: the windows differ.
        """
        own = (self.horizon_days, self.cohort_days, self.memory_days)
        asked = (horizon_days, cohort_days, memory_days)
        if own != asked:
            names = "horizon_days, cohort_days, memory_days"
            raise refusal(
                "scoring.yaml",
                say(
                    f"模型按 {names} = {own} 训练，设置为 {asked}",
                    f"the model was trained for {names} = {own}, the settings say {asked}",
                ),
                action=say(
                    "改回这三项，或用 warning train 按这些设置训练（加同样的 --config）；"
                    "模型是自己训练的，也可移走其文件，改用随包的模型",
                    "set the three back, or train a model for them with: warning train (and the "
                    "same --config); if the model is one of your own, moving its file away brings "
                    "back the packaged one",
                ),
            )


@dataclass(frozen=True, kw_only=True)
class AdditiveModel(Model):
    """Logistic regression on each feature's basis: the default, and the decayed count alone.

    Log-odds = base + slope · Σ over features Σ coefficient · (basis − mean).

    Attributes:
        knots: by feature, where its part bends.
        means: by feature and basis column, in training; ``base`` belongs to this average case.
        coefficients: by feature and basis column; ≥ 0 for monotone features.
    """

    kind: ClassVar[str] = "additive"

    knots: tuple[tuple[float, ...], ...]
    means: tuple[tuple[float, ...], ...]
    coefficients: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        widths = [width(n, k) for n, k in zip(self.features, self.knots, strict=True)]
        for given in (self.means, self.coefficients):
            if [len(part) for part in given] != widths:
                raise ValueError("features, knots and coefficients differ in number")

    def raw_points(self, shown: Floats) -> Floats:
        """See :class:`Model`."""
        parts = [
            (basis(name, shown[:, column], knots) - np.array(means)) @ np.array(coefficients)
            for column, (name, knots, means, coefficients) in enumerate(
                zip(self.features, self.knots, self.means, self.coefficients, strict=True)
            )
        ]
        return np.array(parts).T

    @classmethod
    def parameters(cls, content: Mapping[str, Any]) -> dict[str, Any]:
        """See :class:`Model`."""
        return {
            name: tuple(tuple(map(float, part)) for part in content[name])
            for name in ("knots", "means", "coefficients")
        }


def _model(content: Mapping[str, Any], where: str) -> Model:
    # Imported here because the other kinds build on this module.
    import warning.scoring.rivals  # noqa: F401

    kind = KINDS.get(str(content.get("kind")))
    if kind is None:
        found = content.get("kind")
        raise refusal(
            where,
            say(f"未知的模型种类 {found}", f"an unknown kind of model {found}"),
            ", ".join(sorted(name for name in KINDS if name)),
        )
    try:
        features = tuple(map(str, content.get("features", ())))
        unknown = [name for name in features if name not in FEATURES]
        if unknown:
            raise refusal(
                where,
                say(f"未知的特征 {unknown}", f"unknown features {unknown}"),
                ", ".join(FEATURES),
            )
        target: Target = "worsening" if content["target"] == "worsening" else "recurrence"
        rates = {str(k): float(v) for k, v in content["reading"]["category_rates"].items()}
        worse = content["worsening"]
        return kind(
            horizon_days=int(content["horizon_days"]),
            cohort_days=int(content["cohort_days"]),
            memory_days=int(content["memory_days"]),
            features=features,
            base=float(content["base"]),
            target=target,
            reading=Reading(HalfLives(**content["reading"]["half_lives"]), rates),
            slope=float(content["slope"]),
            training=dict(content["training"]),
            libraries=dict(content["libraries"]),
            card=str(content["card"]),
            worsening=None if worse is None else _model(worse, where),
            **kind.parameters(content),
        )
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        found = say(f"缺少或错误的内容：{error}", f"a part is missing or wrong: {error}")
        raise refusal(where, found) from error


def load_model(path: str | Path | None = None) -> Model:
    """Read a model file; none: the default that the package carries.

    Raises:
        ModelError: the file cannot be read, is damaged, was changed or does not fit.
    """
    source = Path(path) if path is not None else _packaged()
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _no_model(str(source)) from error
    except OSError as error:
        cause = error.strerror or type(error).__name__
        found = say(f"无法读取（{cause}）", f"cannot be read ({cause})")
        if isinstance(error, FileNotFoundError):
            found = say("没有这个文件", "there is no such file")
        raise refusal(
            str(source),
            found,
            action=say("检查路径和文件的权限", "check the path and the file's permissions"),
        ) from error
    return Model.from_json(text, str(source))


def library_versions() -> dict[str, str]:
    """The versions a model is trained with, kept in its file."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "pandas", "scipy", "scikit-learn")},
    }


def _packaged() -> Path:
    return Path(str(resources.files("warning") / "models" / "default.json"))


def _no_model(where: str) -> ModelError:
    return refusal(
        where,
        say("不是模型文件", "is no model file"),
        say("warning train 写出的 JSON 文件", "a JSON file as warning train writes it"),
    )


def refusal(where: str, found: str, expected: str = "", action: str = "") -> ModelError:
    """The error of a model that does not fit, with what to do: train another, if nothing is said."""
    return ModelError(
        Problem(
            where,
            found,
            expected,
            action
            or say(
                "用 warning train 重新训练，或移走该模型文件以使用自带模型",
                "train again with: warning train; or move the model file away to use the "
                "packaged one",
            ),
        )
    )
