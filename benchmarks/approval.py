"""What an officer's step costs as the store grows: the case's rows beside reading everything.

Loads a demo city, runs one night, then takes the file of a letter's case both ways and approves
letters through the product. CPU seconds of this process.

Run: python -m benchmarks.approval [--records 20000] [--letters 20] [--seed 7]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from warning.case_files import case_files
from warning.demo.city import AS_OF, make_city
from warning.loading import load
from warning.nightly import build_history, run_nightly, stored_links
from warning.officers.current import current_case_files
from warning.officers.letters import take_step
from warning.settings import load_settings
from warning.store import Store


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--letters", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'w.db'}"
        load(url, make_city(given.records, given.seed).write(Path(folder)))
        run_nightly(url, settings, AS_OF)
        with Store.open(url) as store:
            drafts = store.table("letters").head(given.letters)
            whole, rows, steps = [], [], []
            for case_id in drafts["case_id"].head(3):
                start = time.process_time()
                as_of = store.runs()["as_of"].max()
                records, parties = store.known(as_of)
                links = stored_links(store)
                history = build_history(records, links, settings)
                warnings = store.warnings_at(as_of)
                case_files({case_id}, records, parties, links, history, warnings, settings)
                whole.append(time.process_time() - start)
            for letter_id, case_id in zip(drafts["letter_id"], drafts["case_id"], strict=True):
                start = time.process_time()
                current_case_files(store, settings, [case_id])
                rows.append(time.process_time() - start)
                start = time.process_time()
                take_step(store, settings, letter_id, "approved", "李科长", "", AS_OF)
                steps.append(time.process_time() - start)
    for name, seconds in (("everything", whole), ("the case's rows", rows), ("approval", steps)):
        middle, most = statistics.median(seconds), max(seconds)
        print(f"{name}: median {middle:.3f} s, most {most:.3f} s, {len(seconds)} times")


if __name__ == "__main__":
    main()
