"""What the document of a step tells of cases, as of the last night."""

from warning.case_files import case_files
from warning.errors import Problem, RefusedError
from warning.escalation.documents import CaseFile
from warning.language import say
from warning.nightly import build_history
from warning.settings import Settings
from warning.store import Store
from warning.store.case_rows import case_rows


def current_case_files(store: Store, settings: Settings, case_ids: list[str]) -> list[CaseFile]:
    """What documents tell of cases, as of the last night; of those that are still scored.

    Raises:
        RefusedError: none is.
    """
    rows = case_rows(store, case_ids, store.last_night(), settings)
    history = build_history(rows.records, rows.links, settings)
    files = case_files(
        set(case_ids),
        rows.records,
        rows.parties,
        rows.links,
        history,
        rows.warnings,
        settings,
        rows.named,
        store.withheld(store.last_night()),
    )
    if not files:
        raise RefusedError(
            Problem(
                "、".join(case_ids),
                say("该系列已不在评分范围内", "the case is no longer scored"),
                action=say(
                    "等系列恢复后再办；确已不存在的，撤回该函件或不予采纳",
                    "wait until it is back; if it is gone for good, withdraw or decline it",
                ),
            )
        )
    return [files[case_id] for case_id in case_ids if case_id in files]
