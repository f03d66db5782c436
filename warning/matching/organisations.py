"""Which parties are one organisation: a specification on the linker, on distinct names."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker import Comparison, Linkage, Specification, link_table, rule
from warning.matching.linker.comparisons import equality
from warning.matching.linker.specification import MISSING, Levels, Rows
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.organisations import form_group, surely_one
from warning.matching.standardise.own_counties import with_own_counties
from warning.settings.matching import MatchingSettings
from warning.settings.matching_organisations import LEVELS

#: Rows from which, and share of them in which, a place named before a name tells its county.
_TELLING_ROWS, _TELLING_SHARE = 2, 0.5
#: What an ID number that may be a person's is read as.
_NUMBERS = ("valid", "checksum_failed", "date_impossible", "masked", "short15")
_PROVINCE_DIGITS = 2
DISTINCT = ["name", "county_code", "apart"]


@dataclass(frozen=True)
class Organisations:
    """Who is one organisation.

    Attributes:
        label: of each row; rows of one label are one organisation.
        probability: of each row's strongest link, 1.0 for a name of its own.
        names: what was compared, a row a distinct name and county.
        position: of each row's name in ``names``.
        found: the linkage of ``names``.
    """

    label: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    names: pd.DataFrame
    position: npt.NDArray[np.int64]
    found: Linkage


def organisation_specification(settings: MatchingSettings) -> Specification:
    """The specification that links organisations, from ``matching.yaml``."""
    own = settings.organisation

    def of(name: str) -> dict[str, Any]:
        levels = [own.levels[name][level] for level in LEVELS[name]]
        return {"m": tuple(x.m for x in levels), "u": tuple(x.u for x in levels)}

    return Specification(
        comparisons=(
            Comparison(
                "name", ("registered", "stem", "sound", "region", "town", "trade"), LEVELS["name"], judge_names,
                most=own.name_most, frequency={1: "stem", 2: "sound"}, **of("name"),
            ),
            Comparison("trade", ("trade", "words"), LEVELS["trade"], judge_trades, **of("trade")),
            equality("form", "form", **of("form")),
            equality("county", "county", **of("county")),
            Comparison(
                "registration", ("stem", "trade", "words", "county"), ("once", "otherwise"),
                judge_registrations, bits=(own.registration, 0.0),
            ),
        ),
        rules=(rule("sound", "county"), rule("registered")),
        needs=(frozenset({"name"}),),
        against=frozenset({"name", "trade"}),
        threshold=settings.link_threshold,
        block_cap=settings.block_cap,
        least_true=own.least_true,
        prior_most=own.prior_most,
        pseudo=own.pseudo_pairs,
    )  # fmt: skip


def judge_names(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two names: the registered one, the stem, its sound; none where regions or towns differ."""
    level = np.full(len(left), 3, np.int8)
    for place, column in ((2, "sound"), (1, "stem"), (0, "registered")):
        code = pd.factorize(values[column])[0]
        level[(code[left] == code[right]) & (code[left] >= 0)] = place
    region = values["region"].astype("str").fillna("").to_numpy().astype("U")
    codes, code_of = np.unique(region, return_inverse=True)
    agree = np.array(
        [[[_regions_agree(a, b, public) for public in (False, True)] for b in codes] for a in codes]
    )
    public = values["trade"].eq("public").fillna(value=False).to_numpy(np.int8)
    level[~agree[code_of[left], code_of[right], public[left] | public[right]]] = 3
    town = pd.factorize(values["town"])[0]
    level[(town[left] != town[right]) & (town[left] >= 0) & (town[right] >= 0)] = 3
    return level


def _regions_agree(one: str, other: str, is_public: bool) -> bool:
    """Whether two names may tell one region: none and any, a firm's 甘肃 and 临泽; never 张掖 and 临泽.

    Args:
        one, other: codes of 2, 4 or 6 digits, empty where none is told.
        is_public: of a public body; the province's, the city's and the county's are three.
    """
    shorter, longer = sorted((one, other), key=len)
    most = 0 if is_public else _PROVINCE_DIGITS
    return one == other or (len(shorter) <= most and longer.startswith(shorter))


def judge_trades(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two trades: the same words, one the other's beginning, the same trade."""
    trade = pd.factorize(values["trade"])[0]
    words = values["words"].astype("str").fillna("").to_numpy().astype("U")
    a, b = words[left], words[right]
    level = np.where(trade[left] == trade[right], 2, 3).astype(np.int8)
    starts = np.char.startswith(a, b) | np.char.startswith(b, a)
    level[starts] = 1
    level[a == b] = 0
    level[(trade[left] < 0) | (trade[right] < 0)] = MISSING
    return level


def judge_registrations(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Level 0 where one county registers the two names once: one stem, one said as the other."""
    same = judge_trades(values, left, right)
    once = (same == 0) | (same == 1)
    for column in ("stem", "county"):
        code = pd.factorize(values[column])[0]
        once &= (code[left] == code[right]) & (code[left] >= 0)
    return np.where(once, 0, 1).astype(np.int8)


def with_organisations(parties: pd.DataFrame) -> pd.DataFrame:
    """The parties, an organisation that a source wrote where people's names stand as ``organisation``.

    Only where nothing of a person but a phone or an address stands beside the name: no organisation,
    no ID number that may be a person's, no gender, no age. What is stored stays as it was written.

    Args:
        parties: name, organisation, id_number, gender and age among the columns.
    """
    alone = parties["name"].notna() & parties[["organisation", "gender", "age"]].isna().all(axis=1)
    alone &= ~identifiers(parties["id_number"].where(alone))["status"].isin(_NUMBERS)
    written = parties["name"].where(alone)
    firms = {name for name in written.dropna().unique() if surely_one(name)}
    is_firm = written.isin(firms)
    return parties.assign(
        name=parties["name"].mask(is_firm),
        organisation=parties["organisation"].mask(is_firm, parties["name"]),
    )


def link_organisations(
    named: pd.DataFrame,
    county_code: "pd.Series[str]",
    settings: MatchingSettings,
    same: set[tuple[int, int]] | None = None,
    different: set[tuple[int, int]] | None = None,
) -> Organisations:
    """Find which rows name one organisation.

    Args:
        named: one row a party, as ``standardise.organisations`` gives; name is not missing.
        county_code: of the record of each row.
        settings: levels, threshold.
        same, different: pairs of row positions that an analyst decided.

    Returns:
        Labels and probabilities in the order of ``named``.
    """
    rows = with_own_counties(named, county_code)
    rows = rows.reset_index(drop=True).assign(county_code=county_code.to_numpy())
    # A name that names nobody, and one that an analyst parted from another, stand alone.
    decided = sorted({row for pair in different or () for row in pair})
    alone = rows["stem"].isna().to_numpy(copy=True)
    alone[decided] = True
    rows["apart"] = np.where(alone, np.arange(len(rows)), -1)
    table = rows.drop_duplicates(DISTINCT).sort_values(DISTINCT).reset_index(drop=True)
    table["position"] = np.arange(len(table))
    at = rows.merge(table[[*DISTINCT, "position"]], on=DISTINCT, how="left")["position"].to_numpy()
    compared = _frame(table, _counties(rows))
    found = link_table(
        compared,
        organisation_specification(settings),
        same=[(int(at[a]), int(at[b])) for a, b in sorted(same or ())],
        different=[(int(at[a]), int(at[b])) for a, b in sorted(different or ())],
    )
    strongest = np.zeros(len(table))
    links = found.pairs[found.pairs["is_link"]]
    for side in ("left", "right"):
        np.maximum.at(strongest, links[side].to_numpy(), links["probability"].to_numpy())
    strongest[strongest == 0] = 1.0
    return Organisations(found.cluster[at], strongest[at], compared, at, found)


def _counties(rows: pd.DataFrame) -> dict[str, str]:
    """Place named before a name → the county whose records name it most."""
    counts = rows.groupby(["place", "county_code"]).size().rename("rows").reset_index()
    counts["share"] = counts["rows"] / counts.groupby("place")["rows"].transform("sum")
    telling = counts[(counts["rows"] >= _TELLING_ROWS) & (counts["share"] > _TELLING_SHARE)]
    return dict(zip(telling["place"], telling["county_code"], strict=True))


def _frame(table: pd.DataFrame, county_of: dict[str, str]) -> pd.DataFrame:
    """What the specification compares, a row a distinct name and county."""
    form = table["legal_form"].map(form_group, na_action="ignore")
    registered = table["name"].where(table["place"].notna() & table["legal_form"].notna())
    # Towns of one name are in many counties.
    in_county = table["name"] + table["county_code"].fillna("")
    in_county = in_county.where(table["town"].notna() & table["legal_form"].notna())
    registered = registered.fillna(in_county)
    county = table["place"].map(county_of).astype("str").fillna(table["county_code"])
    frame = table[["stem", "sound", "region", "town", "trade", "words"]].assign(
        registered=registered, form=form, county=county
    )
    # A stem without a trade could be any firm of that stem.
    trades = frame.groupby(["county", "stem"])["trade"].transform("nunique")
    unclear = frame["trade"].isna() & (trades > 1) & ~table["is_public_hub"]
    # So could be one without a town, where two towns have such.
    towns = frame.groupby(["county", "stem"])["town"].transform("nunique")
    unclear |= frame["town"].isna() & (towns > 1)
    unclear |= _fitting_two_regions(frame)
    frame.loc[unclear, ["stem", "sound"]] = None
    return frame.astype("str")


def _fitting_two_regions(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Which names fit two others of their stem and trade that tell different regions.

    A name without a region fits any, one of a province each of the province's. Where either of two
    names has no trade, they may be of one.

    Args:
        frame: county, stem, trade, region.
    """
    fitting = pd.Series(data=False, index=frame.index)
    several = frame.groupby(["county", "stem"])["region"].transform("nunique") > 1
    for _, names in frame[several].groupby(["county", "stem"]):
        told = names[["trade", "region"]].fillna("").drop_duplicates()
        every = [*told.itertuples(index=False, name=None)]
        for at, trade, region in names[["trade", "region"]].fillna("").itertuples(name=None):
            regions = [
                other
                for its, other in every
                if len(other) >= len(region)
                and _regions_agree(region, other, "public" in (trade, its))
                and (its == trade or not its or not trade)
            ]
            narrowest = max(regions, key=len)
            public = trade == "public"
            fitting[at] = any(not _regions_agree(other, narrowest, public) for other in regions)
    return fitting
