"""The ledger of letters and task forces (台账) as a workbook."""

import pandas as pd

from warning.case_masks import CaseMasks
from warning.escalation import workbook
from warning.settings import Settings
from warning.store import Store


def with_county(frame: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Letters or task forces with their case's ``county_code``."""
    counties = store.table("cases").set_index("case_id")["county_code"]
    return frame.assign(county_code=frame["case_id"].map(counties))


def ledger_workbook(store: Store, settings: Settings) -> bytes:
    """The ledger (台账) as XLSX: 函件, 专班, 月汇总; what officers wrote is masked."""
    counties = settings.escalation.counties
    transitions = store.table("transitions")
    letters = with_county(store.table("letters"), store)
    rows = workbook.letter_ledger(letters, transitions, settings.escalation)
    forces = store.table("task_forces")
    forces = CaseMasks(store, forces["case_id"]).forces(forces)
    forces = workbook.force_ledger(with_county(forces, store), counties)
    cases = store.table("cases")
    last_at = dict(zip(cases["case_id"], cases["last_at"], strict=True))
    months = workbook.monthly(rows, transitions, last_at)
    return workbook.workbook(
        {
            "函件": (rows.sort_values(["drafted_at", "letter_id"]), workbook.LETTERS),
            "专班": (forces.sort_values(["proposed_at", "task_force_id"]), workbook.FORCES),
            "月汇总": (months, workbook.MONTHS),
        }
    )
