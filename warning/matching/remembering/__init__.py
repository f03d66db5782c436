"""What a rebuild leaves behind, so that a night links only what is new or changed since.

A *rebuild* links everything from nothing and leaves a :class:`Memory`. Each later night compares
what is new or changed since that rebuild with what is remembered, by the same weights and rarities,
links the entities, incidents and cases it touches again, and takes all others as they were. The
memory itself does not change between rebuilds, so which nights ran in between makes no difference.
"""

from warning.matching.remembering.drift import drift_between
from warning.matching.remembering.making import Seen, memory_of
from warning.matching.remembering.memory import UNSEALED, Memory
from warning.matching.remembering.relinking import link_changes

__all__ = ["UNSEALED", "Memory", "Seen", "drift_between", "link_changes", "memory_of"]
