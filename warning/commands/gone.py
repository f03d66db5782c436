"""Cases that nights found and that are none any more: what is left of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.commands.console import console, print_table
from warning.language import STATES, names_of, say
from warning.store import Store

#: The status of such a case.
GONE = "gone"


def gone_case(store: Store, case_id: str) -> dict[str, Any] | None:
    """A case that the last night did not find, as the nights and letters before told of it.

    A correction, a verdict or an objection may dissolve a case while its letter is out.

    Returns:
        case_id, kind (None), county_code and category (of its last letter), status, last_night
        (that graded it), tier, probability, severity and reasons (of that night); None where no
        night, letter or task force names the id.
    """
    nights = store.warnings_of(case_id)
    letters, _, forces = store.work_on(case_id)
    if nights.empty and letters.empty and forces.empty:
        return None
    content = letters.sort_values("drafted_at")["content"].iloc[-1] if len(letters) else {}
    last = nights.iloc[-1].to_dict() if len(nights) else {}
    return {
        "case_id": case_id,
        "kind": None,
        "county_code": content.get("county_code"),
        "category": content.get("category"),
        "status": GONE,
        "last_night": last.get("as_of"),
        **{name: last.get(name) for name in ("tier", "probability", "severity", "reasons")},
    }


def work_on(store: Store, case: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """For JSON: ``letters`` and ``task_forces`` about such a case, with their states; else nothing."""
    if case["status"] != GONE:
        return {}
    letters, _, forces = store.work_on(str(case["case_id"]))
    return {
        "letters": letters[["letter_id", "kind", "number", "status", "due_on"]],
        "task_forces": forces[["task_force_id", "status"]],
    }


def show_work(store: Store, case_id: str) -> None:
    """The letters and task forces about a case, with their states."""
    letters, _, forces = store.work_on(case_id)
    state = {"status": say("状态", "state")}
    titles = {"letter_id": say("函件", "letter"), "kind": say("种类", "kind"),
              "number": say("文号", "number"), **state, "due_on": say("期限", "due")}  # fmt: skip
    for frame, named in ((letters, titles), (forces, {"task_force_id": say("专班", "task force"),
                                                      **state})):  # fmt: skip
        if len(frame):
            print_table(frame.assign(status=frame["status"].map(names_of(STATES))), named)
    console.print(
        say(
            "全过程：warning cases 编号 --page 文件",
            "its whole life: warning cases CASE --page FILE",
        )
    )
