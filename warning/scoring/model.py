"""A model as a readable file: named features, half-lives, coefficients, where it comes from."""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from warning.errors import ModelError, Problem
from warning.language import say
from warning.scoring.features import FEATURES, HalfLives, inputs
from warning.scoring.history import Floats

FORMAT = 1


@dataclass(frozen=True)
class Model:
    """A logistic model: log-odds = base + Σ coefficient · (input − mean).

    Attributes:
        features: ordered names, each of :data:`warning.scoring.features.FEATURES`.
        means: the training cases' mean input, so that ``base`` is the log-odds of an average case.
        coefficients: log-odds a unit of input; at or above 0 for monotone features.
        training: as_of, first and last window, counts of rows and recurrences, metrics.
        card: what a person should know before using it.
    """

    horizon_days: int
    cohort_days: int
    memory_days: int
    half_lives: HalfLives
    features: tuple[str, ...]
    means: tuple[float, ...]
    coefficients: tuple[float, ...]
    base: float
    training: dict[str, Any] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    card: str = ""

    def points(self, shown: Floats) -> Floats:
        """Each feature's share of the log-odds, rows × features, from values as people read them.

        With ``base`` they sum to the log-odds.
        """
        if not self.features:
            return np.zeros((len(shown), 0))
        centred = inputs(shown, self.features) - np.array(self.means, np.float64)
        return np.asarray(centred * np.array(self.coefficients, np.float64), np.float64)

    def log_odds(self, shown: Floats) -> Floats:
        """The log-odds of a recurrence within the horizon, one a row."""
        return np.asarray(self.base + self.points(shown).sum(axis=1), np.float64)

    def calibrated(self, slope: float, intercept: float) -> "Model":
        """The model whose log-odds are ``slope`` · own + ``intercept``; slope ≥ 0."""
        return replace(
            self,
            coefficients=tuple(slope * c for c in self.coefficients),
            base=slope * self.base + intercept,
        )

    @property
    def hash(self) -> str:
        """SHA-256 over the content, 64 hex digits."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """The file's text; :meth:`from_json` gives back an equal model."""
        content = {"format": FORMAT, "sha256": self.hash, **asdict(self)}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "model") -> "Model":
        """Read a model file's text.

        Raises:
            ModelError: no JSON, another format, a missing key, changed by hand, unknown features.
        """
        try:
            content = json.loads(text)
            if not isinstance(content, dict):
                raise ValueError("not an object")
        except (ValueError, RecursionError) as error:
            raise _refusal(
                where, say(f"不是模型文件（{error}）", f"is no model file ({error})")
            ) from error
        if content.pop("format", None) != FORMAT:
            raise _refusal(
                where,
                say("模型格式不是本版本的", "its format is not this version's"),
                f"format {FORMAT}",
            )
        stated = content.pop("sha256", None)
        try:
            model = cls(
                horizon_days=int(content["horizon_days"]),
                cohort_days=int(content["cohort_days"]),
                memory_days=int(content["memory_days"]),
                half_lives=HalfLives(**content["half_lives"]),
                features=tuple(map(str, content["features"])),
                means=tuple(map(float, content["means"])),
                coefficients=tuple(map(float, content["coefficients"])),
                base=float(content["base"]),
                training=dict(content["training"]),
                libraries=dict(content["libraries"]),
                card=str(content["card"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            found = say(f"缺少或错误的内容：{error}", f"a part is missing or wrong: {error}")
            raise _refusal(where, found) from error
        unknown = [name for name in model.features if name not in FEATURES]
        if unknown:
            raise _refusal(
                where, say(f"未知的特征 {unknown}", f"unknown features {unknown}"),
                ", ".join(FEATURES),
            )  # fmt: skip
        if not len(model.features) == len(model.means) == len(model.coefficients):
            raise _refusal(where, say("特征与系数个数不符", "features and coefficients differ"))
        if model.hash != stated:
            raise _refusal(
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
            raise _refusal(
                "scoring.yaml",
                say(
                    f"模型按 {names} = {own} 训练，设置为 {asked}",
                    f"the model was trained for {names} = {own}, the settings say {asked}",
                ),
            )


def load_model(path: str | Path | None = None) -> Model:
    """Read a model file; none: the default that the package carries.

    Raises:
        ModelError: the file cannot be read, is damaged, was changed or does not fit.
    """
    source = Path(path) if path is not None else _packaged()
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(
            str(source), say(f"无法读取（{error}）", f"cannot be read ({error})")
        ) from error
    return Model.from_json(text, str(source))


def library_versions() -> dict[str, str]:
    """The versions a model is trained with, kept in its file."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "pandas", "scipy")},
    }


def _packaged() -> Path:
    return Path(str(resources.files("warning") / "models" / "default.json"))


def _refusal(where: str, found: str, expected: str = "") -> ModelError:
    return ModelError(
        Problem(
            where,
            found,
            expected,
            say(
                "用 warning train 重新训练，或移走该模型文件以使用自带模型",
                "train again with: warning train; or move the model file away to use the "
                "packaged one",
            ),
        )
    )
