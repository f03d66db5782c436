"""The incidents of a case in their order: the last ones, the gaps between them, how grave each."""

from dataclasses import dataclass

import numpy as np

from warning.scoring.history import YEAR, Flags, Floats, Integers, Snapshot

#: An incident is taken as the case's own where that is more likely than not.
LIKELY = 0.5
GRADES = 5  #: of severity, 0 to 4


@dataclass(frozen=True)
class Succession:
    """Reported, likely incidents by case, the newest first; columns have one entry a case."""

    case: Integers
    age: Floats
    rank: Integers  #: 0 the newest of its case
    settled: Flags
    severity: Integers
    size: int  #: cases of the timeline

    @classmethod
    def of(cls, snapshot: Snapshot, size: int) -> "Succession":
        """Those of a snapshot, which stand in this order already."""
        kept = ~snapshot.discovered & (snapshot.weight >= LIKELY)
        case = snapshot.case[kept]
        start = np.flatnonzero(np.append(True, case[1:] != case[:-1])) if len(case) else case
        length = np.diff(np.append(start, len(case)))
        return cls(
            case=case,
            age=snapshot.age[kept],
            rank=np.arange(len(case)) - np.repeat(start, length),
            settled=snapshot.flags["settled"][kept],
            severity=snapshot.severity[kept],
            size=size,
        )

    def days_since(self, rank: int, never: float) -> Floats:
        """Days since the newest incident (rank 0) or the one before it (1)."""
        column = np.full(self.size, never)
        wanted = self.rank == rank
        column[self.case[wanted]] = self.age[wanted]
        return column

    def last_unsettled(self) -> Floats:
        """1 where the newest incident is not settled."""
        column = np.zeros(self.size)
        column[self.case[(self.rank == 0) & ~self.settled]] = 1.0
        return column

    def shortest_gap(self, never: float) -> Floats:
        """Days between the two neighbouring incidents that lie nearest."""
        column = np.full(self.size, never)
        follows = self.rank[1:] > 0
        np.minimum.at(column, self.case[1:][follows], np.diff(self.age)[follows])
        return column

    def severity_rise(self) -> Floats:
        """Levels that an incident of the last year lies above the mildest before it."""
        column = np.zeros(self.size)
        # From the back the case codes fall, so that each case starts its own running minimum.
        level = self.severity + GRADES * self.case
        mildest = np.minimum.accumulate(level[::-1])[::-1]
        recent = self.age < YEAR
        np.maximum.at(column, self.case[recent], (level - mildest)[recent])
        return column
