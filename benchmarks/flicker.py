"""Do tiers flicker? Changes that revert within seven days, with and without margin and stay.

    PYTHONPATH=. python benchmarks/flicker.py [--data DIR] [--nights 90]

Nightly tiers of the last nights on the public event logs, under the packaged tiers.yaml: as it
stands, and with exit_margin 1 and minimum_stay_nights 0 (plain thresholds). The model is trained
on what was known before the first night. A change reverts when the case has its former tier again
within seven nights.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from risk import SETS, read_history

from warning.scoring.probability import score
from warning.scoring.tier_reasons import RANK
from warning.scoring.tiers import assign_tiers, case_facts
from warning.scoring.training import train
from warning.settings import load_settings
from warning.settings.tiers import TiersSettings


def reverting(ranks: np.ndarray, days: int = 7) -> tuple[int, int]:
    """Changes, and those undone within ``days``, of an array nights × cases of ranks."""
    changed = ranks[1:] != ranks[:-1]
    undone = np.zeros_like(changed)
    for back in range(1, days + 1):
        same = ranks[back + 1 :] == ranks[: -back - 1]
        undone[: len(same)] |= changed[: len(same)] & same
    return int(changed.sum()), int(undone.sum())


def main() -> None:
    """Print changes and reverting changes a night under both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "events"
    )
    parser.add_argument("--nights", type=int, default=90)
    options = parser.parse_args()
    settings = load_settings()
    calm = settings.tiers
    plain = TiersSettings.model_validate(
        calm.model_dump() | {"exit_margin": 1.0, "minimum_stay_nights": 0}
    )
    for name in SETS:
        history, end = read_history(options.data / f"{name}.csv.gz")
        begin = time.process_time()
        nights = [end - pd.Timedelta(days=back) for back in reversed(range(options.nights))]
        model = train(history, settings, nights[0], worsening=False)
        ids = pd.Index(history.timeline.case_ids)
        ranks = {key: np.zeros((len(nights), len(ids)), np.int8) for key in ("plain", "calm")}
        before: dict[str, pd.DataFrame | None] = {"plain": None, "calm": None}
        for position, night in enumerate(nights):
            scores = score(history, model, settings, night)
            facts = case_facts(history, settings, night)
            for key, tiers in (("plain", plain), ("calm", calm)):
                graded = assign_tiers(scores, facts, before[key], tiers, night)
                before[key] = graded
                place = ids.get_indexer(pd.Index(graded["case_id"]))
                ranks[key][position, place] = graded["tier"].map(RANK)
        found = {key: reverting(ranks[key]) for key in ranks}
        saved = 1 - found["calm"][1] / max(found["plain"][1], 1)
        print(f"{name}, {options.nights} nights, {time.process_time() - begin:.0f} CPU s")
        for key, (changes, undone) in found.items():
            print(f"  {key:6s} changes a night {changes / options.nights:.2f}, "
                  f"reverting within 7 days {undone / options.nights:.2f}")  # fmt: skip
        print(f"  reverting changes cut by {saved:.0%} (target 60%): {saved >= 0.6}")


if __name__ == "__main__":
    main()
