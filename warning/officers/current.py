"""What the document of a step tells of cases, as of the last night."""

from collections.abc import Mapping
from typing import Any

from warning.case_files import case_files
from warning.errors import Problem, RefusedError
from warning.escalation.bundles import cases_of
from warning.escalation.case_file import CaseFile
from warning.escalation.past import RANK, VOID, failing_in
from warning.escalation.recipients import recipient_of
from warning.escalation.renamed import under_present_names
from warning.escalation.triggers import STILL
from warning.language import COLOURS, STATES, say, worded
from warning.nightly import build_history
from warning.settings import Settings
from warning.settings.escalation import EscalationSettings
from warning.store import Store
from warning.store.case_rows import case_rows


def current_case_files(
    store: Store, settings: Settings, case_ids: list[str], ending: str = ""
) -> list[CaseFile]:
    """What documents tell of cases, as of the last night; of those that are still scored.

    Args:
        store: of the last night.
        settings: those that documents are written by.
        case_ids: the cases.
        ending: the command that ends what waits for them; empty where none does.

    Returns:
        One of each case that is still scored, in the order of ``case_ids``.

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
        gone = say("；确已不存在的：", "; if it is gone for good: ") + ending if ending else ""
        raise RefusedError(
            Problem(
                say("、", ", ").join(case_ids),
                say("该系列已不在评分范围内", "the case is no longer scored"),
                action=say("等系列恢复后再办", "wait until it is back") + gone,
            )
        )
    return [files[case_id] for case_id in case_ids if case_id in files]


def fallen_since(store: Store, drafted: Mapping[str, Any]) -> list[str]:
    """Sentences on cases that are not as grave any more as when something was drafted for them.

    One for each case whose tier or number of incidents is lower now, as where a verdict parted it:
    what called for the letter or the task force may be gone. Of a letter that was drafted because a
    lower one failed the tier says nothing: that calls for it whatever tier its case has.

    Args:
        store: of the last night.
        drafted: a row of ``letters`` or ``task_forces``.
    """
    cases = store.rows("cases", "case_id", cases_of(drafted))
    counts = dict(zip(cases["case_id"], cases["incident_count"], strict=True))
    told = []
    others = drafted["content"].get("others", ())
    first = {name: drafted[name] for name in ("case_id", "reason")}
    for then in ({**drafted["content"], **first}, *others):
        case_id, last = str(then["case_id"]), store.warnings_of(str(then["case_id"])).tail(1)
        if last.empty or last["as_of"].iloc[0] != store.last_night() or "tier" not in then:
            continue
        tier, now = str(then["tier"]), str(last["tier"].iloc[0])
        before, count = int(then.get("incident_count", 0)), int(counts.get(case_id, 0))
        without_tier = "letter_id" in drafted and failing_in(str(then["reason"]))
        if (without_tier or RANK[now] >= RANK.get(tier, 0)) and count >= before:
            continue
        told.append(
            say(
                f"注意：{case_id} 起草时为{worded(tier, COLOURS)}、{before} 件，"
                f"现为{worded(now, COLOURS)}、{count} 件，起草的事由可能已不成立",
                f"note: {case_id} was {worded(tier, COLOURS)} with {before} incidents when this was "
                f"drafted, and is {worded(now, COLOURS)} with {count}: its cause may be gone",
            )
        )
    return told


def settled_since(store: Store, letter: Mapping[str, Any], settings: Settings) -> list[str]:
    """Sentences on lower letters whose failing a letter was drafted for, and that fail no more.

    One for each case of the letter whose lower one was overdue, or its reply not accepted, and was
    answered, accepted, withdrawn or objected to since. It is the last that stood at the draft.

    Args:
        store: of the last night.
        letter: a row of ``letters``.
        settings: the former names of letters.
    """
    first = {"case_id": letter["case_id"], "reason": letter["reason"]}
    told = []
    for case in (first, *letter["content"].get("others", ())):
        case_id, reason = str(case["case_id"]), str(case["reason"])
        how = failing_in(reason)
        if how is None:
            continue
        kind, (before, steps, _) = reason.partition(how)[0], store.work_on(case_id)
        void = steps["to_status"].isin(VOID) & (steps["at"] <= letter["drafted_at"])
        stood = ~before["letter_id"].isin(steps.loc[void, "letter_id"])
        before = before[stood & (before["drafted_at"] < letter["drafted_at"])]
        named = under_present_names(before, settings.escalation)["kind"]
        before = before[(before["kind"] == kind) | (named == kind)].sort_values("drafted_at")
        for letter_id, status in before[["letter_id", "status"]].tail(1).itertuples(index=False):
            if status in STILL[how]:
                continue
            told.append(
                say(
                    f"注意：{case_id} 因{kind}{how}起草，而{kind} {letter_id} "
                    f"现为{worded(status, STATES)}，起草的事由可能已不成立",
                    f"note: for {case_id} this was drafted as {kind}{how}, and {kind} {letter_id} "
                    f"is {worded(status, STATES)} now: its cause may be gone",
                )
            )
    return told


def readdressed_since(letter: Mapping[str, Any], settings: EscalationSettings) -> list[str]:
    """At most one sentence, on units of a letter that the configuration names otherwise today.

    Its recipient, those that the directory gives a copy, its sender and its masthead, by county and
    category of each of its cases at the draft.

    Args:
        letter: a row of ``letters``.
        settings: units, directory and former names of letters.
    """
    content, sender = letter["content"], str(letter["sender"])
    kind = settings.present_names.get(str(letter["kind"]), str(letter["kind"]))
    addressed = [
        recipient_of(case.get("category"), case.get("county_code"), settings, kind)
        for case in (content, *content.get("others", ()))
    ]
    named = (
        (say("主送", "recipient"), [unit for unit, _ in addressed], str(letter["recipient"])),
        (say("发函", "sender"), [settings.city_unit], sender),
        (say("版头", "masthead"), [settings.masthead], content.get("masthead", sender)),
    )
    told = [
        say(f"{name}应为{'、'.join(dict.fromkeys(today))}，函中为{drafted}",
            f"{name} {', '.join(dict.fromkeys(today))}, not {drafted}")
        for name, today, drafted in named
        if set(today) != {drafted}
    ]  # fmt: skip
    copies = content.get("copies", ())
    lacking = dict.fromkeys(unit for _, units in addressed for unit in units if unit not in copies)
    if lacking:
        told.append(say(f"另应抄送{'、'.join(lacking)}", f"a copy to {', '.join(lacking)}"))
    if not told:
        return []
    listed = say("；", "; ").join(told)
    return [
        say(
            f"注意：按现行 escalation.yaml，{listed}", f"note: by today's escalation.yaml: {listed}"
        )
    ]
