"""A person's case sees an incident as if nobody had complained about it."""

import numpy as np
import pandas as pd
import pytest
from simulated import history_of

from warning.scoring.history import History
from warning.scoring.model import load_model
from warning.scoring.probability import score
from warning.scoring.tiers import case_facts
from warning.settings.scoring import ScoringSettings

SETTINGS = ScoringSettings()
AS_OF = pd.Timestamp("2024-12-30")


def one_case(days_ago: list[float], kind: str, **facts: object) -> History:
    moments = AS_OF - pd.to_timedelta(days_ago, unit="D")
    return history_of(np.zeros(len(days_ago), int), moments, kind=kind, **facts)


@pytest.mark.parametrize("ago", [45.0, 39.0])
@pytest.mark.parametrize("kind", ["person", "matter"])
def test_a_complaint_about_a_call_tells_a_persons_case_nothing(kind: str, ago: float) -> None:
    """Whether it came before the call or after it; a matter sees it."""
    call = one_case([40.0, 90.0], kind, party_count=2, category_code="02")
    ticket = call.records.head(1).assign(
        record_id="ticket", channel="12345", reported_at=AS_OF - pd.Timedelta(days=ago),
        severity=3, weapon=True, injury=True, party_count=6, category_code="07", is_complaint=True,
    )  # fmt: skip
    both = History(
        pd.concat([call.records, ticket], ignore_index=True), call.case_incidents, call.cases
    )
    for look in (
        lambda h: score(h, load_model(), SETTINGS, AS_OF),
        lambda h: case_facts(h, SETTINGS, AS_OF),
    ):
        assert look(both).equals(look(call)) == (kind == "person")
    then = case_facts(both, SETTINGS, AS_OF - pd.Timedelta(days=42)).iloc[0]
    known = (1 + (kind == "matter"), int(kind == "person")) if ago > 42 else (1, 0)
    assert (then["incidents_365"], then["complaints_365"]) == known


def test_what_a_complaint_says_was_settled_counts_for_a_person_too() -> None:
    """And a 告诫书 that it tells of; both from when it is told."""
    call = one_case([40.0], "person")
    ticket = call.records.assign(
        record_id="ticket", reported_at=AS_OF - pd.Timedelta(days=9),
        severity=3, settled=True, warned=True, is_complaint=True,
    )  # fmt: skip
    records = pd.concat([call.records, ticket], ignore_index=True)
    timeline = History(records, call.case_incidents, call.cases).timeline
    for days, told in ((10, False), (9, True)):
        seen = timeline.at(AS_OF - pd.Timedelta(days=days))
        assert [seen.flags[name].item() for name in ("settled", "warned")] == [told, told]
        assert seen.severity.tolist() == [0]
