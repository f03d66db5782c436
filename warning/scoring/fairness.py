"""Does the model serve all alike? Recall and calibration by group, with intervals.

Groups serve this audit alone; none of them is a feature. The name group is read from the
spelling of the complainant's name (a dot, or four characters and more that begin with no
two-character surname): whether a name is linked and scored as well as others, no ethnicity.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from warning.language import say
from warning.matching.links import Links
from warning.records import RECORD
from warning.scoring.backtest import Backtest
from warning.scoring.evaluation import wilson

DIMENSIONS = ("county", "town_kind", "channel", "sex", "name_group")
COMPLAINANTS = ("claimant", "reporter", "party")
TWO_CHARACTER_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙",
                          "慕容", "令狐", "端木", "夏侯", "长孙")  # fmt: skip
UNKNOWN = ""
#: A town with less than this share of the median town's reports is unknown, not safe.
LOW_SHARE = 0.25
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
    columns = [*RECORD, "reported_at", *[c for c in ("town", "address") if c in records]]
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
        .drop_duplicates(RECORD)[[*RECORD, "name", "gender"]]
    )
    first = first.merge(complainant, on=RECORD, how="left")
    text = first["town"].fillna("") if "town" in first else pd.Series("", index=first.index)
    if "address" in first:
        text = text.where(text != "", first["address"].fillna(""))
    frame = pd.DataFrame(
        {
            "case_id": first["case_id"],
            "town_kind": text.str.extract("(街道|社区|小区|镇|乡|村)", expand=False)
            .map({"街道": "urban", "社区": "urban", "小区": "urban", "镇": "town", "乡": "rural",
                  "村": "rural"})
            .fillna(UNKNOWN),
            "channel": first["channel"],
            "sex": first["gender"].astype("str").str[:1].where(first["gender"].notna(), UNKNOWN),
            "name_group": name_groups(first["name"]),
        }
    )  # fmt: skip
    county = links.cases[["case_id", "county_code"]].rename(columns={"county_code": "county"})
    return frame.merge(county, on="case_id", how="left").fillna(UNKNOWN)


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


def fairness(
    found: Backtest, groups: pd.DataFrame, line: float, model: str = "default"
) -> pd.DataFrame:
    """Recall at a line and calibration of each group.

    Args:
        found: a backtest.
        groups: as :func:`case_groups` gives.
        line: a case is warned about from this probability on.
        model: whose forecasts.

    Returns:
        dimension, group, cases, events, recall with recall_low and recall_high, forecast,
        observed with low and high (95%, Wilson; rows of one case at several dates are taken as
        independent, so intervals are somewhat too narrow), calibrated (the forecast lies within
        the interval), enough (events enough to conclude from).
    """
    rows = _rows(found, model)
    rows = rows.merge(groups, on="case_id", how="left")
    tables = []
    for dimension in DIMENSIONS:
        if dimension not in rows:
            continue
        part = rows.assign(group=rows[dimension].fillna(UNKNOWN), caught=rows["p"] >= line)
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


def low_reporting(records: pd.DataFrame, as_of: pd.Timestamp, days: int = 365) -> pd.DataFrame:
    """Towns that report so little that their risk is unknown.

    Returns:
        county_code, town, reports (in the last ``days``), median (of all towns).
    """
    if "town" not in records:
        return pd.DataFrame(columns=["county_code", "town", "reports", "median"])
    known = records[(records["reported_at"] <= as_of) & records["town"].notna()]
    recent = known["reported_at"] > as_of - pd.Timedelta(days=days)
    count = (
        known.assign(recent=recent).groupby(["county_code", "town"])["recent"].sum().reset_index()
    )
    count = count.rename(columns={"recent": "reports"})
    median = float(count["reports"].median()) if len(count) else 0.0
    low = count[count["reports"] < LOW_SHARE * median]
    return (
        low.assign(median=median)
        .sort_values(["reports", "county_code", "town"])
        .reset_index(drop=True)
    )


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
