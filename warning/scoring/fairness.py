"""Does the model serve all alike? Recall and calibration by group, with intervals.

Groups serve this audit alone; none of them is a feature. The name group is read from the
spelling of the complainant's name (a dot, or four characters and more that begin with no
two-character surname): whether a name is linked and scored as well as others, no ethnicity.
"""

from collections import Counter
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from warning.language import say
from warning.matching.links import Links
from warning.matching.persons import sexes
from warning.matching.standardise.addresses.divisions import divisions, town_core
from warning.matching.standardise.names import names
from warning.records import RECORD
from warning.scoring.backtest import Backtest
from warning.scoring.evaluation import wilson
from warning.settings.tiers import TIERS

DIMENSIONS = ("county", "town_kind", "channel", "sex", "name_group")
COMPLAINANTS = ("claimant", "reporter", "party")
TWO_CHARACTER_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙",
                          "慕容", "令狐", "端木", "夏侯", "长孙")  # fmt: skip
UNKNOWN = ""
TOWN_KINDS = {"街道": "urban", "社区": "urban", "小区": "urban", "镇": "town", "乡": "rural",
              "苏木": "rural", "村": "rural"}  # fmt: skip
TOWN_KIND = f"({'|'.join(TOWN_KINDS)})(?:办事处|办)?$"  #: the ending that tells it
#: A town with less than this share of the median town's reports is unknown, not safe.
LOW_SHARE = 0.25
#: Where so many of a county's named towns are packaged ones, those that are never named are silent.
SURE_SHARE = 0.9
MINIMUM_EVENTS = 10  #: groups with fewer events are shown, but nothing is concluded from them


def case_groups(records: pd.DataFrame, parties: pd.DataFrame, links: Links) -> pd.DataFrame:
    """The groups of each case, by its first known record and that record's complainant.

    Args:
        records: canonical records.
        parties: canonical parties with ``role_code``.
        links: of the same moment.

    Returns:
        case_id and one column for each of :data:`DIMENSIONS`; an empty text is unknown.
    """
    columns = [*RECORD, "reported_at", *[c for c in ("county_code", "town") if c in records]]
    member = links.case_incidents[["case_id", "incident_id"]].merge(
        links.incident_links[[*RECORD, "incident_id"]], on="incident_id"
    )
    told = member.merge(records[columns], on=RECORD).sort_values(
        ["case_id", "reported_at", *RECORD]
    )
    first = told.drop_duplicates("case_id")
    rank = parties["role_code"].map({role: n for n, role in enumerate(COMPLAINANTS)})
    complainant = (
        parties[rank.notna()]
        .assign(rank=rank)
        .sort_values([*RECORD, "rank", "party_no"])
        .drop_duplicates(RECORD)[[*RECORD, "name", "gender", "id_number"]]
    )
    complainant["sex"] = sexes(complainant, names(complainant["name"])["sex_hint"])
    first = first.merge(complainant, on=RECORD, how="left")
    frame = pd.DataFrame(
        {
            "case_id": first["case_id"],
            "town_kind": town_kinds(first, links),
            "channel": first["channel"],
            "sex": first["sex"],
            "name_group": name_groups(first["name"]),
        }
    )
    county = links.cases[["case_id", "county_code"]].rename(columns={"county_code": "county"})
    return frame.merge(county, on="case_id", how="left").fillna(UNKNOWN)


def town_kinds(records: pd.DataFrame, links: Links) -> pd.Series:
    """``urban``, ``town`` or ``rural`` by the ending of a town, empty where nothing tells.

    The town is the record's own, or its place's; one without ending is looked up in its county.
    Without a town it is the ending of the village or compound that holds the place.

    Args:
        records: canonical records, one row each.
        links: of the same moment.
    """
    told = located(records, links)
    towns = [
        divisions().towns_within(county).get(town) or town
        for county, town in zip(
            told["county_code"].fillna(UNKNOWN), told["town"].fillna(UNKNOWN), strict=True
        )
    ]
    town = pd.Series(towns, index=records.index, dtype="str")
    text = town.where(town != UNKNOWN, told["area"].set_axis(records.index))
    return text.str.extract(TOWN_KIND, expand=False).map(TOWN_KINDS).fillna(UNKNOWN)


def name_groups(names: pd.Series) -> pd.Series:
    """``minority`` for a minority's spelling, ``other`` for the rest, empty for no full name."""
    plain = names.astype("str").str.replace(r"[\s（(].*", "", regex=True)
    known = names.notna() & ~plain.str.contains("某|女士|先生", regex=True).fillna(False)
    long = plain.str.len() >= 4
    compound = plain.str.startswith(TWO_CHARACTER_SURNAMES)
    dotted = plain.str.contains("[·•・.]", regex=True)
    minority = (dotted | (long & ~compound)).fillna(False)
    group = pd.Series(np.where(minority, "minority", "other"), index=names.index)
    return group.where(known, UNKNOWN)


def fairness(found: Backtest, groups: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """Recall of any tier and the default model's calibration, of each group.

    Args:
        found: a backtest.
        groups: as :func:`case_groups` gives.
        tiers: its rows as :func:`warning.scoring.proof.graded` gives.

    Returns:
        dimension, group, cases, events, recall with recall_low and recall_high, forecast,
        observed with low and high (95%, Wilson; rows of one case at several dates are taken as
        independent, so intervals are somewhat too narrow), calibrated (the forecast lies within
        the interval), enough (events enough to conclude from).
    """
    rows = _rows(found, "default").assign(caught=tiers["tier"].isin(list(TIERS)).to_numpy(bool))
    rows = rows.merge(groups, on="case_id", how="left")
    tables = []
    for dimension in DIMENSIONS:
        if dimension not in rows:
            continue
        part = rows.assign(group=rows[dimension].fillna(UNKNOWN))
        part["hit"] = part["caught"] & part["happened"]
        table = part.groupby("group").agg(
            cases=("p", "size"), events=("happened", "sum"), hits=("hit", "sum"),
            forecast=("p", "mean"), observed=("happened", "mean"),
        )  # fmt: skip
        table["recall"] = table["hits"] / table["events"].where(table["events"] > 0)
        low, high = wilson(table["recall"].to_numpy(), table["events"].to_numpy())
        table["recall_low"], table["recall_high"] = low, high
        table["low"], table["high"] = wilson(
            table["observed"].to_numpy(), table["cases"].to_numpy()
        )
        table["calibrated"] = table["forecast"].between(table["low"], table["high"])
        table["enough"] = table["events"] >= MINIMUM_EVENTS
        tables.append(table.reset_index().assign(dimension=dimension))
    columns = ["dimension", "group", "cases", "events", "recall", "recall_low", "recall_high",
               "forecast", "observed", "low", "high", "calibrated", "enough"]  # fmt: skip
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def handled_apart(found: Backtest, handled: pd.DataFrame, days: int = 180) -> pd.DataFrame:
    """The default's figures with cases that were being handled kept apart.

    Args:
        found: a backtest.
        handled: case_id, at: when a letter was issued or a task force approved.
        days: a case counts as handled for so long before a test date, and within the horizon.

    Returns:
        group (handled, others), cases, events, forecast, observed, low, high.
    """
    horizon = pd.Timedelta(days=found.models["default"].horizon_days)
    rows = _rows(found, "default")
    met = rows[["case_id", "as_of"]].merge(handled[["case_id", "at"]], on="case_id")
    inside = (met["at"] > met["as_of"] - pd.Timedelta(days=days)) & (
        met["at"] <= met["as_of"] + horizon
    )
    keys = met.loc[inside, ["case_id", "as_of"]].drop_duplicates().assign(group="handled")
    rows = rows.merge(keys, on=["case_id", "as_of"], how="left").fillna({"group": "others"})
    table = rows.groupby("group").agg(
        cases=("p", "size"), events=("happened", "sum"), forecast=("p", "mean"),
        observed=("happened", "mean"),
    )  # fmt: skip
    table["low"], table["high"] = wilson(table["observed"].to_numpy(), table["cases"].to_numpy())
    return table.reset_index()


def located(records: pd.DataFrame, links: Links) -> pd.DataFrame:
    """The records with the county and town that their incident and place tell where they do not.

    Args:
        records: canonical records.
        links: of the same moment.

    Returns:
        channel, record_id, reported_at, county_code, town, area (the largest place that holds its
        place: of no known town a village or compound); missing where nothing tells them.
    """
    parent = links.places.set_index("place_id")["parent_id"]
    top = parent.index.to_series()
    while (above := top.map(parent)).notna().any():
        top = above.fillna(top)
    area = links.places.set_index("place_id")["text"]
    town = links.places.set_index("place_id").query("grain == 'town'")["text"]
    county = links.incidents.set_index("incident_id")["county_code"]
    at = records[RECORD].merge(links.incident_links[[*RECORD, "incident_id"]], how="left")
    at = at.merge(links.place_links[[*RECORD, "place_id"]], how="left")
    told = records[[*RECORD, "reported_at"]].reset_index(drop=True)
    for name, found in (
        ("county_code", at["incident_id"].map(county)),
        ("town", at["place_id"].map(top).map(town)),
    ):
        own = records[name].reset_index(drop=True) if name in records else found
        told[name] = own.astype("str").fillna(found.astype("str"))
    told["area"] = at["place_id"].map(top).map(area).astype("str")
    return told


def low_reporting(
    records: pd.DataFrame, as_of: pd.Timestamp, counties: Collection[str] = (), days: int = 365
) -> pd.DataFrame:
    """Towns that report so little that their risk is unknown.

    Args:
        records: as :func:`located` gives.
        as_of: later reports do not count.
        counties: codes of the city's counties. Where nearly all towns that a county's records name
            are packaged ones, its other towns are told too, with no report.
        days: of how long back reports are counted.

    Returns:
        county_code (empty: unknown), town, reports (in the last ``days``), median (of the towns
        with reports).
    """
    known = records[(records["reported_at"] <= as_of) & records["town"].notna()]
    written = _town_names(counties)
    homes = Counter(town for _, town in written)
    only = {town: county for county, town in written if homes[town] == 1}
    county = known["county_code"].fillna(known["town"].map(only).astype("str")).fillna(UNKNOWN)
    names = [
        written.get((code, town)) or written.get((code, town_core(town)))
        for code, town in zip(county, known["town"], strict=True)
    ]
    packaged = pd.Series(names, index=known.index, dtype="str")
    recent = known["reported_at"] > as_of - pd.Timedelta(days=days)
    town = packaged.fillna(known["town"])
    reports = recent.groupby([county.rename("county_code"), town.rename("town")]).sum()
    within = packaged[county.isin(counties)].notna()
    share = within.groupby(county).mean().reindex(list(counties)).fillna(within.mean())
    silent = [key for key in _towns(share.index[share >= SURE_SHARE]) if key not in reports.index]
    count = reports.astype("int64").rename("reports").reset_index()
    none = pd.DataFrame(silent, columns=["county_code", "town"], dtype="str").assign(reports=0)
    count = pd.concat([count, none], ignore_index=True)
    median = float(count.loc[count["reports"] > 0, "reports"].median())
    low = count[count["reports"] < LOW_SHARE * median]
    return (
        low.assign(median=median)
        .sort_values(["reports", "county_code", "town"])
        .reset_index(drop=True)
    )


def _town_names(counties: Collection[str]) -> dict[tuple[str, str], str]:
    """County code and a town's name, or its core where only one has it → the packaged name."""
    names = [
        (code[:6], name)
        for code, name in divisions().names.items()
        if len(code) == 9 and code[:6] in counties
    ]
    cores = Counter((county, town_core(name)) for county, name in names)
    short = {
        (county, core): name
        for county, name in names
        if cores[county, core := town_core(name)] == 1
    }
    return short | {(county, name): name for county, name in names}


def _towns(counties: Collection[str]) -> list[tuple[str, str]]:
    """County code and name of each packaged town of the counties: no farms, no zones."""
    return [
        (code[:6], name)
        for code, name in divisions().names.items()
        if len(code) == 9 and code[:6] in counties and code[6] in "0123"
    ]


def _rows(found: Backtest, model: str) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "case_id": pd.Series(window.timeline.case_ids[window.cohort], dtype="str"),
                "as_of": window.moment,
                "p": probability,
                "happened": window.happened(found.target),
            }
        )
        for window, probability in zip(found.windows, found.probabilities[model], strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def group_names(counties: Mapping[str, str]) -> dict[str, str]:
    """What people call dimensions and groups."""
    return {
        "county": say("县区", "county"),
        "town_kind": say("城乡", "town kind"),
        "channel": say("渠道", "channel"),
        "sex": say("报告人性别", "complainant's sex"),
        "name_group": say("姓名类型", "name group"),
        "urban": say("街道社区", "urban"),
        "town": say("镇", "town"),
        "rural": say("乡村", "rural"),
        "minority": say("少数民族姓名写法", "minority spelling"),
        "other": say("其他姓名写法", "other spelling"),
        UNKNOWN: say("不明", "unknown"),
        **counties,
    }
