"""The truth beside the files: who, where, which event, which matter, and how likely again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pandas as pd

from warning.demo.clerk import START, Clerk
from warning.demo.dirt import Hand
from warning.demo.geography import Geography
from warning.demo.organisations import Organisation
from warning.demo.people import DAYS, Person
from warning.demo.quarrels import Quarrel, hazard
from warning.records import RECORD

#: The tables, by the name of their file.
TRUTH = ("parties", "places", "incidents", "matters", "mentions", "people", "organisations",
         "quarrels", "events", "hazard", "populations", "place_tree", "dirt")  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """The truth's tables.

    Attributes:
        truth_parties: channel, record_id, party_no, entity_id, entity_type (person,
            organisation), is_masked, is_minority; one row a party row of the files.
        truth_places: channel, record_id, place_id, grain (room, building, compound, group,
            village, poi, town): the place that the written address tells.
        truth_incidents: channel, record_id, incident_id.
        truth_matters: incident_id, matter_id.
        truth_mentions: channel, record_id, start, end (characters of the narrative), text, kind
            (person, organisation, kinship), entity_id, only_told (in no column of the record).
        truth_people: person_id, name, sex, born, id_number, phones (joined by ``|``), place_id,
            household, county_code, town, is_minority.
        truth_organisations: entity_id, name, county_code, trade.
        truth_quarrels: matter_id, kind, claimant_id, respondent_id, organisation_id, place_id,
            rate and worsening (see :mod:`warning.demo.quarrels`), is_serial.
        truth_events: incident_id, matter_id, occurred_at, severity (0 to 4), settled.
        truth_hazard: matter_id, as_of, probability (of another event within 30 days),
            probability_90, worse (a graver one next within 30 days), at dates 28 days apart
            from one year on, for quarrels with an event in the 365 days before.
        truth_populations: place_id, grain, county_code, town, name, longitude, latitude,
            households, people; towns, villages, compounds, hubs.
        truth_place_tree: place_id, grain, parent_id ("" for towns); every place in
            truth_places with all that it lies in.
        truth_dirt: kind, rate (as the table has it), chances, hits.
    """

    truth_parties: pd.DataFrame
    truth_places: pd.DataFrame
    truth_incidents: pd.DataFrame
    truth_matters: pd.DataFrame
    truth_mentions: pd.DataFrame
    truth_people: pd.DataFrame
    truth_organisations: pd.DataFrame
    truth_quarrels: pd.DataFrame
    truth_events: pd.DataFrame
    truth_hazard: pd.DataFrame
    truth_populations: pd.DataFrame
    truth_place_tree: pd.DataFrame
    truth_dirt: pd.DataFrame


def truth_tables(
    city: Geography, people: Sequence[Person], organisations: Sequence[Organisation],
    quarrels: Sequence[Quarrel], clerk: Clerk, hand: Hand,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The tables of :class:`Truth`, by attribute."""
    quarrel_rows, event_rows = _quarrels(quarrels)
    tables = {
        "parties": _table(clerk.parties, [*RECORD, "party_no", "entity_id", "entity_type",
                                          "is_masked", "is_minority"]),
        "places": _table(clerk.places, [*RECORD, "place_id", "grain"]),
        "incidents": _table(clerk.incidents, [*RECORD, "incident_id"]),
        "mentions": _table(clerk.mentions, [*RECORD, "start", "end", "text", "kind", "entity_id",
                                            "only_told"]),
        "people": _people(people),
        "organisations": _table(
            [(one.organisation_id, one.name, one.county, one.trade) for one in organisations],
            ["entity_id", "name", "county_code", "trade"]),
        "quarrels": quarrel_rows,
        "events": event_rows,
        "matters": event_rows[["incident_id", "matter_id"]],
        "populations": _populations(city, people),
        "dirt": _table(
            [(kind, round(rate / max(1, chances), 6), int(chances), int(hits))
             for kind, (chances, hits, rate) in hand.counts.items()],
            ["kind", "rate", "chances", "hits"]),
    }  # fmt: skip
    tables["place_tree"] = _tree(city, people, set(tables["places"]["place_id"]))
    tables["hazard"] = _hazards(quarrel_rows, event_rows)
    return {f"truth_{name}": frame for name, frame in tables.items()}


def _table(rows: Sequence[tuple[object, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def _people(people: Sequence[Person]) -> pd.DataFrame:
    columns = ["person_id", "name", "sex", "born", "id_number", "phones", "place_id", "household",
               "county_code", "town", "is_minority"]  # fmt: skip
    return _table(
        [
            (one.person_id, one.name, one.sex, str(one.born), one.id_number,
             "|".join(number for _, number in one.phones), one.home.place_id, one.household,
             one.home.county, one.home.town, one.is_minority)
            for one in people
        ],
        columns,
    )  # fmt: skip


def _quarrels(quarrels: Sequence[Quarrel]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, events = [], []
    for one in quarrels:
        respondent = one.respondent.person_id if one.respondent is not None else ""
        organisation = one.organisation.organisation_id if one.organisation is not None else ""
        place = one.hub.place_id if one.hub is not None else one.home.place_id
        rows.append((one.matter_id, one.kind, one.claimant.person_id, respondent, organisation,
                     place, one.rate, one.worsening, one.is_serial))  # fmt: skip
        events += [
            (f"{one.matter_id}-{k}", one.matter_id,
             START + timedelta(seconds=int(event.day * 86_400)), event.severity, event.settled)
            for k, event in enumerate(one.events)
        ]  # fmt: skip
    return (
        _table(rows, ["matter_id", "kind", "claimant_id", "respondent_id", "organisation_id",
                      "place_id", "rate", "worsening", "is_serial"]),
        _table(events, ["incident_id", "matter_id", "occurred_at", "severity", "settled"]),
    )  # fmt: skip


def _hazards(quarrels: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    truth = SimpleNamespace(truth_quarrels=quarrels, truth_events=events)
    parts = []
    for day in range(365, DAYS - 28, 28):
        as_of = pd.Timestamp(START) + pd.Timedelta(days=day)
        month = hazard(truth, as_of, 30)
        quarter = hazard(truth, as_of, 90)["probability"]
        month = month.assign(as_of=as_of, probability_90=quarter)
        parts.append(month[month["last_at"] > as_of - pd.Timedelta(days=365)])
    columns = ["matter_id", "as_of", "probability", "probability_90", "worse"]
    return pd.concat(parts, ignore_index=True)[columns]


def _populations(city: Geography, people: Sequence[Person]) -> pd.DataFrame:
    counts: dict[str, list[int]] = {}
    for places, which in ((city.homes, 0), ([one.home for one in people], 1)):
        for home in places:
            for place in (home.area.place_id, home.town_id):
                counts.setdefault(place, [0, 0])[which] += 1
    return _table(
        [
            (one.place_id, one.grain, one.county, one.town, one.name, round(one.longitude, 6),
             round(one.latitude, 6), *counts.get(one.place_id, [0, 0]))
            for one in city.named()
        ],
        ["place_id", "grain", "county_code", "town", "name", "longitude", "latitude",
         "households", "people"],
    )  # fmt: skip


def _tree(city: Geography, people: Sequence[Person], told: set[str]) -> pd.DataFrame:
    rows: dict[str, tuple[str, str, str]] = {}
    towns = {
        (county, place.name): place.place_id
        for county in city.towns
        for place in city.towns[county]
    }
    for place in city.named():
        parent = "" if place.grain == "town" else towns[place.county, place.town]
        rows[place.place_id] = (place.place_id, place.grain, parent)
    for home in [one.home for one in people]:
        if home.place_id in told or home.inner in told:
            inner = "group" if home.is_village else "building"
            rows[home.inner] = (home.inner, inner, home.area.place_id)
            if home.place_id in told:
                rows[home.place_id] = (home.place_id, "room", home.inner)
    return _table(list(rows.values()), ["place_id", "grain", "parent_id"])
