"""The packaged model on demo cities it was not fitted on: ranking and calibration, beside the hazard.

PYTHONPATH=. python benchmarks/check_default_model.py [--records 20000] [--seeds 101 102]

Three views a city, each at the last twelve 30-day windows with complete labels: all cases as
linked, the matters as linked, and the true matters, beside the generator's own hazard, which is
the most that can be known. Each with the model as packaged (plain) and with its base rate
following the windows before, as in a night (recalibrated).
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.demo.city import AS_OF, City, make_city
from warning.demo.quarrels import hazard
from warning.matching.link import link
from warning.matching.links import Links
from warning.nightly import build_history
from warning.reading import read_records
from warning.scoring.evaluation import metrics
from warning.scoring.history import History
from warning.scoring.model import Model, load_model
from warning.scoring.probability import recalibrated, recent_windows
from warning.scoring.windows import past_windows, window_maker
from warning.settings import Settings, load_settings

DATES = 12


def histories(city: City, settings: Settings) -> dict[str, History]:
    """The city's history as linked and as it truly is."""
    with tempfile.TemporaryDirectory() as directory:
        files = city.write(Path(directory))
        tables = read_records(files, settings.channels, clock=AS_OF)
    newest = tables.records.drop_duplicates(["channel", "record_id"], keep="last")
    people = tables.parties[tables.parties["row"].isin(newest.index)].drop(columns="row")
    newest, people = newest.reset_index(drop=True), people.reset_index(drop=True)
    links = link(newest, people, settings)
    linked = build_history(newest, links, settings)
    matters = linked.cases[linked.cases["kind"] == "matter"]
    held = linked.case_incidents[linked.case_incidents["case_id"].isin(matters["case_id"])]
    return {
        "all cases as linked": linked,
        "matters as linked": History(linked.records, held, matters),
        "true matters": build_history(newest, true_links(city, links), settings),
    }


def true_links(city: City, links: Links) -> Links:
    """The links with the true incidents and matters in place of those found."""
    quarrels = city.truth_quarrels
    people = city.truth_people.set_index("person_id")["county_code"]
    cases = pd.DataFrame(
        {
            "case_id": quarrels["matter_id"],
            "kind": "matter",
            "county_code": quarrels["claimant_id"].map(people.to_dict()),
            "category": quarrels["kind"],
            "is_hub": False,
        }
    )
    parties = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    return replace(
        links,
        party_links=parties,
        incident_links=city.truth_incidents.assign(probability=1.0),
        cases=cases,
        case_incidents=city.truth_matters.rename(columns={"matter_id": "case_id"}).assign(
            probability=1.0
        ),
    )


def judged(history: History, model: Model, settings: Settings, city: City | None) -> pd.DataFrame:
    """AUC, AP, ECE of the model plain and recalibrated; with ``city`` of the hazard too."""
    scoring = settings.scoring
    window_at = window_maker(history, scoring)
    labels, found = [], {name: [] for name in ("plain", "recalibrated", "hazard")}
    for window in past_windows(history, scoring, AS_OF, DATES, window_at):
        labels.append(window.happened("recurrence"))
        tonight = recalibrated(
            model, recent_windows(history, scoring, window.moment, window_at), scoring
        )
        for name, one in (("plain", model), ("recalibrated", tonight)):
            found[name].append(expit(one.log_odds(window.shown(one.features, one.reading))))
        if city is not None:
            known = hazard(city, window.moment, scoring.horizon_days).set_index("matter_id")
            ids = pd.Index(window.timeline.case_ids[window.cohort])
            found["hazard"].append(known["probability"].reindex(ids).fillna(0.0).to_numpy())
    happened = np.concatenate(labels)
    rows = {
        name: metrics(happened, np.concatenate(parts)) for name, parts in found.items() if parts
    }
    return pd.DataFrame(rows).T.assign(rows=len(happened), recurrences=int(happened.sum()))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    parser.add_argument("--model", type=Path, default=None)
    options = parser.parse_args()
    settings, model = load_settings(), load_model(options.model)
    for seed in options.seeds:
        city = make_city(options.records, seed)
        for view, history in histories(city, settings).items():
            table = judged(history, model, settings, city if view == "true matters" else None)
            print(f"seed {seed}, {view}")
            print(table.round(4).to_string())


if __name__ == "__main__":
    main()
