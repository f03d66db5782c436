"""Warns early when a quarrel is about to happen again. The public API; see README.md.

Heavy parts are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warning.errors import (
        DataError,
        ModelError,
        RefusedError,
        SettingsError,
        StoreError,
        UsageError,
        WarningError,
    )
    from warning.linking import link
    from warning.loading import load
    from warning.matching.linker import Specification, link_table
    from warning.matching.links import Links
    from warning.night_results import NightResult
    from warning.nightly import run_nightly
    from warning.outbox import acknowledge, events
    from warning.settings import Settings, load_settings
    from warning.store import LoadSummary
    from warning.version import __version__

#: Public name → the module that holds it.
_HOMES = {
    "DataError": "warning.errors",
    "Links": "warning.matching.links",
    "LoadSummary": "warning.store",
    "ModelError": "warning.errors",
    "NightResult": "warning.night_results",
    "RefusedError": "warning.errors",
    "Settings": "warning.settings",
    "SettingsError": "warning.errors",
    "Specification": "warning.matching.linker",
    "StoreError": "warning.errors",
    "UsageError": "warning.errors",
    "WarningError": "warning.errors",
    "__version__": "warning.version",
    "acknowledge": "warning.outbox",
    "events": "warning.outbox",
    "link": "warning.linking",
    "load": "warning.loading",
    "link_table": "warning.matching.linker",
    "load_settings": "warning.settings",
    "run_nightly": "warning.nightly",
}

__all__ = [
    "DataError",
    "Links",
    "LoadSummary",
    "ModelError",
    "NightResult",
    "RefusedError",
    "Settings",
    "SettingsError",
    "Specification",
    "StoreError",
    "UsageError",
    "WarningError",
    "__version__",
    "acknowledge",
    "events",
    "link",
    "link_table",
    "load",
    "load_settings",
    "run_nightly",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'warning' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
