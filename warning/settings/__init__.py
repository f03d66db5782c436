"""What ``config/*.yaml`` may say, and reading it: one strict model a file."""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from warning.arguments import must_be
from warning.errors import Problem, SettingsError
from warning.language import say
from warning.settings.base import Strict, read_yaml
from warning.settings.channels import ChannelsSettings
from warning.settings.escalation import EscalationSettings
from warning.settings.matching import MatchingSettings
from warning.settings.matching_places import PlaceWords
from warning.settings.overlaps import overlaps
from warning.settings.references import unknown_references
from warning.settings.retention import RetentionSettings
from warning.settings.risk_words import RiskWords
from warning.settings.schedule import ScheduleSettings
from warning.settings.scoring import ScoringSettings
from warning.settings.strange_files import READ, strange_files
from warning.settings.tiers import TiersSettings

__all__ = ["Settings", "Strict", "load_settings", "packaged_config"]

FILES: dict[str, type[Strict]] = {
    "channels": ChannelsSettings,
    "matching": MatchingSettings,
    "scoring": ScoringSettings,
    "tiers": TiersSettings,
    "escalation": EscalationSettings,
    "schedule": ScheduleSettings,
    "retention": RetentionSettings,
}


@dataclass(frozen=True)
class Settings:
    """The whole configuration, as read and checked; ``hash`` names its content."""

    channels: ChannelsSettings
    matching: MatchingSettings
    scoring: ScoringSettings
    tiers: TiersSettings
    escalation: EscalationSettings
    schedule: ScheduleSettings
    retention: RetentionSettings
    directory: Path  #: where files came from; ``lexicons/`` and ``templates/`` stand beside them

    @property
    def hash(self) -> str:
        """Twelve hex digits of SHA-256 over what decides a night (the schedule and retention do not)."""
        content = {
            name: getattr(self, name).model_dump(mode="json")
            for name in FILES
            if name not in {"schedule", "retention"}
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def file(self, name: str) -> Path:
        """A file of the configuration directory, or the packaged one where it has none."""
        return _own_or_packaged(self.directory, name)


def _no_directory(base: Path, found: str) -> SettingsError:
    return SettingsError(
        Problem(
            str(base), found, say("放有 YAML 文件的配置目录", "a directory with the YAML files"),
            say("用 warning init 建立一份", "make one with: warning init"),
        )
    )  # fmt: skip


def _own_or_packaged(directory: Path, name: str) -> Path:
    own = directory / name
    return own if own.exists() else packaged_config() / name


def packaged_config() -> Path:
    """The directory of the defaults that the package carries."""
    return Path(str(resources.files("warning") / "config"))


def load_settings(directory: str | Path | None = None) -> Settings:
    """Read the configuration; a file that the directory lacks is the packaged default.

    Raises:
        SettingsError: with every fault of every file, each with its file and line; the directory
            cannot be read.
        UsageError: an argument of the wrong kind.
    """
    must_be("load_settings", directory=(directory, str, Path, None))
    base = Path(directory) if directory is not None else packaged_config()
    try:
        return _read(base)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise SettingsError(
            Problem(
                str(error.filename or base),
                say(f"无法读取（{cause}）", f"cannot be read ({cause})"),
                say("放有 YAML 文件的配置目录", "a directory with the YAML files"),
                say("检查目录及其权限", "check the directory and its permissions"),
            )
        ) from error


def _read(base: Path) -> Settings:
    """The configuration of a directory.

    Raises:
        SettingsError: as :func:`load_settings`.
        OSError: the account may not look into the directory, or there can be none of that name.
    """
    problems: list[Problem] = []
    if not base.is_dir():
        raise _no_directory(base, say("没有这个目录", "there is no such directory"))
    if not any((base / name).exists() for name in (*READ, *(f"{name}.yaml" for name in FILES))):
        raise _no_directory(base, say("目录中没有配置文件", "it holds no file of a configuration"))
    problems += strange_files(base, sorted(f"{name}.yaml" for name in FILES))
    parts: dict[str, Any] = {}
    paths = {name: _own_or_packaged(base, f"{name}.yaml") for name in FILES}
    for name, model in FILES.items():
        parts[name], faults = read_yaml(paths[name], model)
        problems += faults
    problems += unknown_references(parts, paths)
    words, faults = read_yaml(_own_or_packaged(base, "lexicons/places.yaml"), PlaceWords)
    risk_words, more = read_yaml(_own_or_packaged(base, "lexicons/risk_words.yaml"), RiskWords)
    problems += faults + more
    if parts["schedule"] and parts["retention"]:
        files = paths["schedule"], paths["retention"]
        problems += overlaps(parts["schedule"], parts["retention"], *files)
    if problems:
        raise SettingsError(problems)
    # Lexicons decide a night like any threshold: they belong to the settings and their hash.
    parts["scoring"] = parts["scoring"].model_copy(update={"words": risk_words})
    no_dispute = parts["channels"].no_dispute
    before = no_dispute.settled_before.model_copy(update={"risk": risk_words})
    no_dispute = no_dispute.model_copy(update={"settled_before": before})
    parts["channels"] = parts["channels"].model_copy(update={"no_dispute": no_dispute})
    matching = parts["matching"]
    places = matching.places.model_copy(update={"words": words})
    parts["matching"] = matching.model_copy(update={"places": places})
    return Settings(**parts, directory=base)
