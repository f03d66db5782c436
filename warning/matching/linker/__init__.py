"""The linker: links any table by a specification, in arrays of codes, never pair by pair.

Specification → codes of distinct values → blocking → levels → bits → clusters.
"""

from warning.matching.linker.linkage import Linkage, link_table
from warning.matching.linker.specification import (
    Clustering,
    Comparison,
    Rule,
    Specification,
    Weights,
    rule,
)

__all__ = [
    "Clustering",
    "Comparison",
    "Linkage",
    "Rule",
    "Specification",
    "Weights",
    "link_table",
    "rule",
]
