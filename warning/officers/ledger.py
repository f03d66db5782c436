"""The ledger of letters and task forces (台账) as a workbook."""

from collections.abc import Mapping

import pandas as pd

from warning.case_masks import CaseMasks
from warning.escalation import workbook
from warning.escalation.bundles import carried, cases_in_brief
from warning.settings import Settings
from warning.store import Store
from warning.store.finds import last_reports
from warning.tabular import among_names


def with_county(
    frame: pd.DataFrame, cases: pd.DataFrame, counties: Mapping[str, str]
) -> pd.DataFrame:
    """Letters or task forces with the ``county_code`` that each was drafted for.

    Drafts of older versions keep the county's name alone: the code is the case's where that county
    has the name, else that of the only county of the name. Where no county was known, or not one
    has the name any more, it is the case's.

    Args:
        frame: case_id, content.
        cases: case_id, county_code.
        counties: code → name.
    """
    codes: dict[str, list[str]] = {}
    for code, name in counties.items():
        codes.setdefault(name, []).append(code)
    now = dict(zip(cases["case_id"], cases["county_code"], strict=True))
    found = []
    for case_id, content in zip(frame["case_id"], frame["content"], strict=True):
        named, own = codes.get(content.get("county_name"), []), now.get(case_id)
        only = named[0] if len(named) == 1 else own
        found.append(content.get("county_code") or (own if own in named else only))
    return frame.assign(
        county_code=pd.Series(found, index=frame.index, dtype=frame["case_id"].dtype)
    )


def ledger_workbook(store: Store, settings: Settings) -> bytes:
    """The ledger (台账) as XLSX: 函件, 专班, 月汇总; what officers wrote is masked."""
    counties = settings.escalation.counties
    transitions = store.table("transitions")
    cases = store.table("cases")
    letters = with_county(store.table("letters"), cases, counties)
    rows = workbook.letter_ledger(letters, transitions, settings.escalation)
    forces = store.table("task_forces")
    last_at = last_reports(store, forces["case_id"], settings, finds=True)
    forces = CaseMasks(store, forces["case_id"]).forces(forces)
    forces = workbook.force_ledger(with_county(forces, cases, counties), counties, last_at)
    accepted = transitions.loc[transitions["to_status"] == "accepted", "letter_id"]
    answered = carried(rows[among_names(rows["letter_id"], accepted)])["case_id"]
    again = last_reports(store, answered, settings)
    months = workbook.monthly(rows, transitions, again)
    rows = rows.assign(case_id=cases_in_brief(rows, cases["case_id"], chinese=True))
    return workbook.workbook(
        {
            "函件": (rows.sort_values(["drafted_at", "letter_id"]), workbook.LETTERS),
            "专班": (forces.sort_values(["proposed_at", "task_force_id"]), workbook.FORCES),
            "月汇总": (months, workbook.MONTHS),
        }
    )
