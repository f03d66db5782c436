"""The table of scenarios that an officer can read and correct: scenarios.yaml."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.escalation.office import SETTINGS, Office
from warning.escalation.past import VOID
from warning.settings.escalation import EscalationSettings

SCENARIOS = YAML(typ="safe").load(Path(__file__).with_name("scenarios.yaml"))
STEPS = {"复函": "replied", "认可": "accepted", "退回": "received", "异议": "objected",
         "驳回": "received", "成立": "withdrawn", "撤回": "withdrawn"}  # fmt: skip


def happens(office: Office, event: str, value: object, kind: str) -> None:
    """What the day brings, before the night."""
    there = [key for key, row in office.letters.items() if row["status"] not in VOID]
    last = there[-1] if there else ""
    if event == "等级":
        office.case("c-1", str(value), kind)
    elif event == "再发":
        office.incident("c-1")
    elif event == "无告诫书":
        office.unwarned.add("c-1")
    elif event == "发出":
        office.send(last)
    elif event == "重办":
        office.step(last, "withdrawn", redo=True)
    elif event in STEPS:
        office.step(last, STEPS[event])
    else:
        assert event == "过"


def configured(scenario: dict[str, Any]) -> EscalationSettings:
    """The packaged ladder, as the scenario changes it (起点, 县区红色)."""
    changed: dict[str, Any] = {"start": scenario.get("起点", {})}
    if "县区红色" in scenario:
        *lower, last = (kind.model_copy(update={"on_tier_nights": 0}) for kind in SETTINGS.letters)
        reds = last.model_copy(update={"on_county_reds": scenario["县区红色"]})
        changed["letters"] = (*lower, reds)
    return SETTINGS.model_copy(update=changed)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[row["情形"] for row in SCENARIOS])
def test_scenario(scenario):
    """Each night drafts the letter that the table names, or none (无)."""
    office = Office("2025-01-06", configured(scenario))
    for events, expected in scenario["经过"]:
        days = 1
        for event, value in events.items():
            happens(office, event, value, scenario.get("对象", "matter"))
            days = value if event == "过" else 1
        drafted = [row["kind"] for row in office.night(days)]
        assert drafted == ([] if expected == "无" else [expected]), (events, expected)
