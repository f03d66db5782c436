"""Fit the model that the package carries, on made-up histories only (no real data ships).

    python benchmarks/fit_default_model.py [--records 20000] [--seeds 1 2 3 4] [--out FILE]
    python benchmarks/fit_default_model.py --simulated

Makes demo cities, links them, trains on all of them and writes warning/models/default.json.
``--simulated`` trains on a self-exciting process of known parameters instead.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from warning.language import say
from warning.scoring.history import History
from warning.scoring.model import AdditiveModel, Model
from warning.scoring.training import train
from warning.settings import load_settings
from warning.settings.scoring import ScoringSettings

AS_OF = pd.Timestamp("2025-01-01")
SIMULATED_END = pd.Timestamp("2024-12-30")


def city_history(records: int, seed: int) -> History:
    """One demo city, linked as of the demo's date; ids carry the seed so that cities may join."""
    from warning.demo.city import make_city
    from warning.matching.link import link
    from warning.nightly import build_history
    from warning.reading import read_records

    settings = load_settings()
    with tempfile.TemporaryDirectory() as directory:
        files = make_city(records, seed).write(Path(directory))
        tables = read_records(files, settings.channels, clock=AS_OF)
    newest = tables.records.drop_duplicates(["channel", "record_id"], keep="last")
    people = tables.parties[tables.parties["row"].isin(newest.index)].drop(columns="row")
    newest, people = newest.reset_index(drop=True), people.reset_index(drop=True)
    history = build_history(newest, link(newest, people, settings), settings)
    mark = f"-{seed}"
    return replace(
        history,
        records=history.records.assign(incident_id=history.records["incident_id"] + mark),
        case_incidents=history.case_incidents.assign(
            case_id=history.case_incidents["case_id"] + mark,
            incident_id=history.case_incidents["incident_id"] + mark,
        ),
        cases=history.cases.assign(case_id=history.cases["case_id"] + mark),
    )


def main() -> None:
    """Write the model and print its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("warning/models/default.json"))
    parser.add_argument("--simulated", action="store_true")
    options = parser.parse_args()
    if options.simulated:
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "scoring"))
        from simulated import hawkes_history

        model = train(hawkes_history(cases=6000, seed=7), ScoringSettings(), SIMULATED_END)
        source = say("数据：模拟的自激过程，6000 个系列，三年。",
                     "Data: a simulated self-exciting process, 6000 cases over three years.")  # fmt: skip
        write(model, source, options.out)
        return
    parts = [city_history(options.records, seed) for seed in options.seeds]
    history = replace(
        parts[0],
        **{
            name: pd.concat([getattr(part, name) for part in parts], ignore_index=True)
            for name in ("records", "case_incidents", "cases")
        },
    )
    model = train(history, load_settings(), AS_OF)
    source = say(
        f"数据：虚构的演示城市，每座 {options.records} 条记录，种子 {options.seeds}。",
        f"Data: made-up demo cities, {options.records} records each, seeds {options.seeds}.",
    )
    write(model, source, options.out)


def write(model: Model, source: str, out: Path) -> None:
    """Write the model with its source on its card, and print both."""
    model = replace(model, card=f"{model.card}\n{source}")
    out.write_text(model.to_json(), encoding="utf-8")
    print(model.card)
    if isinstance(model, AdditiveModel):
        for name, coefficients in zip(model.features, model.coefficients, strict=True):
            print(f"{name:20s}", " ".join(f"{value:+.3f}" for value in coefficients))


if __name__ == "__main__":
    main()
