"""Channels that fell silent: where nothing is delivered a city looks calm, and is not known to be."""

from collections.abc import Mapping

import pandas as pd

from warning.language import say

#: Name of the fact in a run's summary: channel → day of its last report.
SILENT = "silent_channels"
#: Fewer reports within a year: rare by nature, never told. So one that was given up is told no more.
LEAST_REPORTS = 20
YEAR = pd.Timedelta(days=365)
#: How far back a channel's longest pause is looked for.
PAUSES_OF = pd.Timedelta(days=730)
#: Of the reports since then the first, one in so many, tell no pause: trials before a channel began,
#: or an old record loaded late.
FIRST_OF = 10
#: A silence is told that is so many times as long as the longest pause.
PAUSES = 2


def silent_channels(
    records: pd.DataFrame, as_of: pd.Timestamp, least_days: int
) -> dict[str, dict[str, str]]:
    """The fact of a run's summary; :func:`silence_sentence` reads it.

    Args:
        records: channel, reported_at; known at ``as_of``.
        as_of: the night's moment.
        least_days: a shorter silence is never told.

    Returns:
        By :data:`SILENT` the channels with :data:`LEAST_REPORTS` in the last year, and none for
        longer than ``least_days`` and :data:`PAUSES` of their longest pauses (none among the
        first, by :data:`FIRST_OF`); the day of the last report as YYYY-MM-DD.
    """
    recent = records.loc[records["reported_at"] > as_of - PAUSES_OF, ["channel", "reported_at"]]
    found = {}
    for channel, reported in recent.groupby("channel")["reported_at"]:
        moments = reported.sort_values()
        if int((moments > as_of - YEAR).sum()) < LEAST_REPORTS:
            continue
        longest = moments.iloc[len(moments) // FIRST_OF :].diff().max()
        least = max(pd.Timedelta(days=least_days), PAUSES * longest)
        if as_of - moments.iloc[-1] > least:
            found[str(channel)] = f"{moments.iloc[-1]:%Y-%m-%d}"
    return {SILENT: found}


def silence_sentence(silent: Mapping[str, str]) -> str:
    """What the channels of :func:`silent_channels` mean, in one plain sentence; "" of none."""
    if not silent:
        return ""
    told = say("、", ", ").join(
        say(f"{channel}（最近一次报告在 {day}）", f"{channel} (its last report is of {day})")
        for channel, day in silent.items()
    )
    return say(
        f"久无报告的渠道：{told}。没有报告不等于平安：请核实其数据是否仍在报送。",
        f"Silent channels: {told}. No reports do not mean that all is calm: see whether its data "
        "still come.",
    )
