"""What the store knows of one case, put together for its page."""

from typing import Any

import pandas as pd

from warning.case_masks import CaseMasks
from warning.escalation.lifecycle import Work, case_history, work_on
from warning.escalation.steps import called_step
from warning.escalation.task_forces import ledger_of, said
from warning.language import CASE_STATES, ENTRIES, STATES, TIERS, say, worded
from warning.report.case_page import CaseLife
from warning.settings import Settings
from warning.store import Store
from warning.tabular import rows_of

Event = tuple[Any, str, str, str, str]


def case_life(store: Store, case: dict[str, Any], records: pd.DataFrame, settings: Settings
              ) -> CaseLife:  # fmt: skip
    """The case's events in their order; narratives are left out.

    Names and numbers in what officers wrote, and in outcomes, are masked.

    Args:
        store: of the last night.
        case: its row, with tier, probability and reasons of the last night that found it.
        records: the reports behind it: incident_id, channel, record_id, reported_at, category,
            outcome, of :func:`warning.commands.matters.case_records`.
        settings: the configuration.
    """
    case_id = str(case["case_id"])
    as_of = store.last_night()
    letters, steps, forces = store.work_on(case_id)
    letters = letters.sort_values(["drafted_at", "letter_id"])
    forces = forces.sort_values("proposed_at")
    masks = CaseMasks(store, [case_id])
    steps = steps.assign(reason=[masks.text(text, case_id) for text in steps["reason"]])
    forces = masks.forces(forces)
    incidents = records.groupby("incident_id")["reported_at"].min()
    work = work_on(letters, steps, forces, as_of).get(case_id, Work((), ()))
    quiet = settings.escalation.closing_quiet_days
    # As of the night, as the list of cases: what officers did since closes it in the next one.
    states = case_history(list(incidents), work, quiet, as_of)
    events = [
        *_incidents(records),
        *_tiers(store.warnings_of(case_id)),
        *((at, "state", _state_of_case(state), reason, state) for at, state, reason in states),
        *_letters(letters, steps),
        *_forces(forces),
    ]
    tier = str(case["tier"]) if isinstance(case["tier"], str) else "none"
    status = states[-1][1] if states else str(case["status"])
    county = settings.escalation.counties.get(str(case["county_code"]), "")
    head = {
        "case_id": case_id, "county": county, "tier": tier, "tier_name": _tier(tier),
        "category": settings.channels.taxonomy.get(str(case["category"]), ""),
        "status_name": _state_of_case(status),
        "reasons": case["reasons"] if isinstance(case["reasons"], str) else "",
    }  # fmt: skip
    return CaseLife(
        case=head,
        events=sorted(events, key=lambda event: event[0]),
        letters=[
            {**row, "status": _state(row["status"]), "due_on": _day(row["due_on"]),
             "number": row["number"] if isinstance(row["number"], str) else ""}
            for row in rows_of(letters.drop(columns="content"))
        ],
        forces=[
            {**row, "status": _state(row["status"]), "due_on": row["content"].get("due_on") or ""}
            for row in rows_of(forces)
        ],
    )  # fmt: skip


def _incidents(records: pd.DataFrame) -> list[Event]:
    events: list[Event] = []
    for _, rows in records.groupby("incident_id"):
        rows = rows.sort_values("reported_at")
        first = rows.iloc[0]
        told = [
            " ".join(
                str(value)
                for value in (row.channel, row.record_id, row.category, row.outcome)
                if isinstance(value, str)
            )
            for row in rows.itertuples()
        ]
        title = say(f"{len(rows)} 次报告", f"{len(rows)} reports")
        events.append((first["reported_at"], "incident", title, "；".join(told), ""))
    return events


def _tiers(warnings: pd.DataFrame) -> list[Event]:
    changed = warnings[warnings["tier"] != warnings["tier"].shift().fillna("none")]
    return [
        (row.as_of, "tier", _tier(str(row.tier)), str(row.reasons), str(row.tier))
        for row in changed.itertuples()
    ]


def _letters(letters: pd.DataFrame, steps: pd.DataFrame) -> list[Event]:
    kinds = dict(zip(letters["letter_id"], letters["kind"], strict=True))
    # What fell due in a night comes before what the night drafted for it.
    drafted: list[Event] = [
        (row.drafted_at, "letter", f"{row.kind} {_state('draft')}", str(row.reason), "")
        for row in letters.itertuples()
    ]
    return [
        (row.at, "letter",
         f"{kinds[row.letter_id]} {called_step(str(row.from_status), str(row.to_status))}",
         " ".join(filter(None, (str(row.officer), str(row.reason)))), "")
        for row in steps.sort_values("at", kind="stable").itertuples()
    ] + drafted  # fmt: skip


def _forces(forces: pd.DataFrame) -> list[Event]:
    events: list[Event] = []
    for row in forces.to_dict("records"):
        title = f"{row['task_force_id']} {_state('proposed')}"
        events.append((row["proposed_at"], "task_force", title, str(row["reason"]), ""))
        for entry in ledger_of({"content": row["content"]}):
            name = worded(entry["kind"], ENTRIES)
            title = " ".join(filter(None, (name, entry.get("level"), entry.get("milestone"))))
            text = "：".join(filter(None, (entry["officer"], said(entry))))
            events.append((pd.Timestamp(entry["at"]), "task_force", title, text, ""))
    return events


def _state_of_case(state: str) -> str:
    return worded(state, CASE_STATES)


def _tier(tier: str) -> str:
    return worded(tier, TIERS)


def _state(state: Any) -> str:
    return worded(str(state), STATES)


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:%Y-%m-%d}"
