"""The dirt: every kind comes at the table's rate, counted by the generator and seen in the files."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

from warning.demo.city import City, make_city
from warning.demo.dice import Dice
from warning.demo.dirt import TABLE, Dirt, Hand
from warning.demo.geography import OLD_TOWNS
from warning.demo.spelling import ALIKE, HOTLINE, STATION, SUFFIXES
from warning.records import CanonicalTables

Z = 4.5  #: standard errors; some sixty kinds are looked at


def plain(name: str) -> str:
    """A name without spaces and additions."""
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return "".join(name.split())


def near(hits: int, chances: int, rate: float, more: float = 0.0) -> None:
    """The share is the rate within chance (and ``more``)."""
    assert chances > 0
    error = np.sqrt(max(rate * (1 - rate), 1e-4) / chances)
    assert hits / chances == pytest.approx(rate, abs=Z * error + more)


@pytest.mark.parametrize("kind", list(TABLE))
def test_every_kind_comes_at_its_rate(city: City, kind: str) -> None:
    """Of the values that could get it, the share that the table says does."""
    row = city.truth_dirt.set_index("kind").loc[kind]
    rates = list(TABLE[kind].values())
    assert min(rates) - 1e-6 <= row["rate"] <= max(rates) + 1e-6
    near(row["hits"], row["chances"], row["rate"])
    if row["rate"] * row["chances"] > 20:
        assert row["hits"] > 0


@pytest.mark.parametrize("kind", list(TABLE))
def test_a_kind_can_be_switched_off_and_to_the_full(kind: str) -> None:
    """A rate of 0 gives none and of 1 gives all: the table, not the code, decides."""
    for rate in (0.0, 1.0):
        hand = Hand(Dirt(0, **{kind: rate}), Dice(1))
        hand.channel = "110"
        assert [hand.slips(kind) for _ in range(50)] == [bool(rate)] * 50


def test_an_unknown_kind_is_refused() -> None:
    """A misspelt kind does not pass in silence."""
    with pytest.raises(KeyError, match="name_homophon"):
        Dirt(name_homophon=0.5)


def test_names_show_their_dirt(told: pd.DataFrame) -> None:
    """Masks, misheard and misread characters, spaces, additions, dots: against the true name."""
    people = told[told["entity_type"].eq("person") & told["name"].notna()]
    # 张老板 is a mask, and 王某 too; nothing else is.
    assert people["is_masked"].mean() == pytest.approx(0.2, abs=0.07)
    masks = people[people["is_masked"]]
    shows = [a[0] in {b[0], "老"} for a, b in zip(masks["name"], masks["name_true"], strict=True)]
    assert all(shows)
    han = people[~people["is_masked"] & ~people["is_minority"]]
    written = han["name"].map(plain)
    near(int((han["name"].map(lambda n: bool(re.search(r"\s", n)))).sum()), len(han), 0.022, 0.01)
    near(
        int((written != han["name"].str.replace(r"\s", "", regex=True)).sum()),
        len(han),
        0.025,
        0.01,
    )
    changed = han[written != han["name_true"]]
    for a, b in zip(changed["name"].map(plain), changed["name_true"], strict=True):
        assert len(a) == len(b)
        wrong = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
        assert 1 <= len(wrong) <= 2
        assert all(_alike(x, y) for x, y in wrong)
    assert 0.015 < len(changed) / len(han) < 0.06
    dotted = people[~people["is_masked"] & people["is_minority"]]
    lost = ~dotted["name"].str.contains(r"[·•.．・]", regex=True)
    near(int(lost.sum()), len(dotted), 0.5)
    letters = dotted["name"].map(plain).str.replace(r"[·•.．・]", "", regex=True)
    assert (letters == dotted["name_true"].str.replace("·", "")).all()


def _alike(x: str, y: str) -> bool:
    """Misheard or misread for each other, or one after the other."""
    near = {c for table in ALIKE.values() for c in table.get(y, "")}
    return x in near or any(x in table.get(c, "") for table in ALIKE.values() for c in near)


def test_id_numbers_show_their_dirt(told: pd.DataFrame) -> None:
    """Missing, one wrong digit, two swapped, masked, 15 digits, full width, lower x."""
    people = told[told["entity_type"].eq("person") & (told["channel"] != "12345")]
    given = people[people["id_number"].notna()]
    assert 0.25 < len(given) / len(people) < 0.5
    wide = given["id_number"].map(lambda number: number != unicodedata.normalize("NFKC", number))
    near(int(wide.sum()), len(given), 0.015)
    narrow = given["id_number"].map(lambda number: unicodedata.normalize("NFKC", number))
    near(int(narrow.str.contains("*", regex=False).sum()), len(given), 0.06)
    near(int((narrow.str.len() == 15).sum()), len(given), 0.01, 0.003)
    ends = given["id_number_true"].str.endswith("X") & (narrow.str.len() == 18)
    ends &= ~narrow.str.endswith("*")
    near(int(narrow[ends].str.endswith("x").sum()), int(ends.sum()), 0.3)
    whole = (narrow.str.len() == 18) & ~narrow.str.contains("*", regex=False)
    pairs = zip(narrow[whole].str.upper(), given.loc[whole, "id_number_true"], strict=True)
    wrong = [[k for k in range(18) if a[k] != b[k]] for a, b in pairs]
    count = np.array([len(one) for one in wrong])
    near(int((count == 1).sum()), len(wrong), 0.015)
    near(int((count == 2).sum()), len(wrong), 0.01, 0.002)
    assert (count > 3).sum() == 0


def test_phones_show_their_dirt(told: pd.DataFrame) -> None:
    """Separators, country code, two in a field, the hotline's own, somebody else's."""
    people = told[told["entity_type"].eq("person") & told["phone"].notna()]
    phones = people["phone"]
    two = phones.str.contains("[/、,]", regex=True)
    near(int(two.sum()), len(phones), 0.02, 0.01)
    single = phones[~two]
    near(int(single.str.contains("[- ]", regex=True).sum()), len(single), 0.06, 0.005)
    digits = single.str.replace(r"\D", "", regex=True)
    coded = digits.str.match(r"(?:86|0086)1\d{10}$")
    near(int(coded.sum()), len(single), 0.03, 0.005)
    hotline = people["phone"].isin([HOTLINE]) & (people["channel"] == "12345")
    near(int(hotline.sum()), int((people["channel"] == "12345").sum()), 0.04, 0.005)
    assert digits.eq(STATION).any()
    bare = digits.str.replace(r"^(?:86|0086)(?=1\d{10}$)", "", regex=True)
    own = [a in b.split("|") for a, b in zip(bare, people.loc[~two, "phones_true"], strict=True)]
    assert 0.8 < np.mean(own) < 0.95
    landlines = bare[bare.str.startswith("0936") & (bare != STATION)]
    assert landlines.duplicated().any()


def test_addresses_show_their_dirt(city: City, records: pd.DataFrame) -> None:
    """Levels missing, three scripts, unit forms, nicknames, old town names, every grain."""
    placed = records.merge(city.truth_places, on=["channel", "record_id"])
    text = placed["address"]
    named = city.truth_populations.set_index("place_id")
    rooms = placed[placed["grain"] == "room"]
    assert (
        0.15
        < text[placed["grain"] == "room"]
        .str.contains("[一二三四五六七八九十]+[社组号队小村]|０|１", regex=True)
        .mean()
        < 0.45
    )
    assert text.str.contains("[０-９]", regex=True).mean() == pytest.approx(0.06, abs=0.03)
    for form in ("社", "组", "队", "号楼", "栋", "幢", r"\d-\d-\d"):
        assert rooms["address"].str.contains(form, regex=True).any(), form
    old = text.str.contains("|".join(OLD_TOWNS.values()), regex=True)
    today = text.str.contains("|".join(OLD_TOWNS), regex=True)
    near(int(old.sum()), int(old.sum() + today.sum()), 0.2, 0.02)
    hubs = placed[placed["grain"] == "poi"]
    full = [
        named.loc[place, "name"] in told
        for place, told in zip(hubs["place_id"], hubs["address"], strict=True)
    ]
    near(len(full) - int(np.sum(full)), len(full), 0.12, 0.02)
    assert text.str.contains("[区县]", regex=True).mean() < 0.85
    codes = records["county_code"]
    near(int(codes.isna().sum()), len(codes), 0.03)


def test_organisations_show_their_dirt(city: City, told: pd.DataFrame) -> None:
    """The place or the legal form is left out, or all but the short form."""
    names = city.truth_organisations.set_index("entity_id")["name"]
    rows = told[told["entity_type"].eq("organisation")]
    full = rows["entity_id"].map(names.to_dict())
    shorter = rows["organisation"].str.len() < full.str.len()
    assert 0.45 < shorter.mean() < 0.8
    parts = [set(a) <= set(b) for a, b in zip(rows["organisation"], full, strict=True)]
    assert all(parts)
    without = rows["organisation"].map(lambda name: not re.search("公司|商行|超市|医院", name))
    assert 0.2 < without.mean() < 0.5


def test_reports_come_late_and_out_of_order(records: pd.DataFrame, city: City) -> None:
    """Days after the event, and rows that stand elsewhere in the file than their time says."""
    events = city.truth_incidents.merge(city.truth_events, on="incident_id")
    joined = records.merge(events, on=["channel", "record_id"], suffixes=("", "_true"))
    days = (joined["reported_at"] - joined["occurred_at_true"]).dt.total_seconds() / 86_400
    assert days.min() >= -1e-6
    first = days.groupby(joined["incident_id"]).min()
    near(int((first > 1).sum()), len(first), 0.045, 0.015)
    at = pd.to_datetime(city.files["接警单"]["报警时间"], errors="coerce").dropna()
    assert 0.02 < (at.diff() < pd.Timedelta(0)).mean() < 0.3
    same = joined["occurred_at"].dropna()
    assert (same == joined.loc[same.index, "occurred_at_true"].dt.normalize()).all()


def test_records_are_corrected_and_withdrawn(tables: CanonicalTables) -> None:
    """A later row with the same key says more, or that the matter was withdrawn."""
    keyed = tables.records.drop_duplicates()
    again = keyed[keyed.duplicated(["channel", "record_id"], keep=False)]
    versions = again.groupby(["channel", "record_id"])
    assert versions["reported_at"].nunique().max() == 1
    assert again["outcome"].isin(["撤回", "撤诉"]).any()
    longer = versions["narrative"].agg(lambda texts: texts.iloc[-1].startswith(texts.iloc[0]))
    assert longer.all() and versions["narrative"].nunique().max() == 2


def test_the_same_event_is_told_by_several(city: City, records: pd.DataFrame) -> None:
    """Within hours: by another channel, by a second caller; some of these the source names."""
    joined = records.merge(city.truth_incidents, on=["channel", "record_id"])
    events = joined.groupby("incident_id")
    spread = events["reported_at"].max() - events["reported_at"].min()
    assert spread.max() < pd.Timedelta(days=4)
    several = events["channel"].nunique() > 1
    near(int(several.sum()), len(several), 0.27, 0.03)
    named = joined[joined["duplicate_of"].notna()]
    incident = joined.set_index("record_id")["incident_id"].to_dict()
    assert len(named) and (named["duplicate_of"].map(incident) == named["incident_id"]).all()
    matter = city.truth_matters.set_index("incident_id")["matter_id"].to_dict()
    other = joined[joined["related_to"].notna()]
    assert len(other) and (other["related_to"].map(incident) != other["incident_id"]).all()
    assert (other["related_to"].map(incident).map(matter) == other["incident_id"].map(matter)).all()


def test_some_call_about_everything_and_neighbours_for_others(
    city: City, told: pd.DataFrame
) -> None:
    """Serial callers bring many matters; a reporter may be no side of the quarrel."""
    serial = city.truth_quarrels[city.truth_quarrels["is_serial"]]
    assert serial.groupby("claimant_id").size().max() >= 15
    assert serial["kind"].nunique() >= 4
    events = city.truth_incidents.merge(city.truth_matters, on="incident_id")
    events = events.merge(city.truth_quarrels, on="matter_id")
    first = told[told["party_no"] == "1"].merge(events, on=["channel", "record_id"])
    neighbour = first["entity_id"] != first["claimant_id"]
    assert 0.03 < neighbour.mean() < 0.1
    home = dict(zip(city.truth_people["person_id"], city.truth_people["place_id"], strict=True))
    area = first.loc[neighbour, ["entity_id", "claimant_id"]].map(lambda p: home[p].split("-")[0])
    assert (area["entity_id"] == area["claimant_id"]).all()


def test_hubs_bring_strangers_together() -> None:
    """Of a hub's quarrels hardly two have a side in common."""
    city = make_city(3000, seed=2)
    hubs = city.truth_quarrels[city.truth_quarrels["place_id"].str.startswith("H")]
    busiest = hubs.groupby("place_id").size()
    assert busiest.max() > 15
    assert hubs["claimant_id"].nunique() > 0.8 * len(hubs)
