"""The life of a task force: started, its progress noted, extended, verified, closed.

Every entry says who (none: a night), when and what, and stays. Nothing is closed without a verification at each
level by different people after the last incident, and a quiet period.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from warning.errors import Problem, RefusedError
from warning.escalation.approval import check_approver
from warning.escalation.steps import not_now
from warning.escalation.undated import UNKNOWN_DAY, counted_anew, put_off
from warning.language import say
from warning.settings.escalation import EscalationSettings
from warning.spelling import legible, writable
from warning.tabular import among_names

#: State → the states that may follow.
NEXT: Mapping[str, tuple[str, ...]] = {
    "proposed": ("active", "declined"),
    "active": ("closed",),
    "declined": ("active",),
    "superseded": (),
    "closed": (),
}
#: States that end one for what was known then; what comes later may call for another.
ENDED = ("closed", "declined")
#: Why a night ends a proposed task force: its case has another, by a merge or as one that was
#: declined was started after all.
MERGED = "系列已有另一专班"


def ledger_of(force: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries so far, oldest first: at, kind, officer, text, level (of a verification)."""
    return list(force["content"].get("ledger", ()))


def said(entry: Mapping[str, Any]) -> str:
    """What an officer wrote with an entry; older versions wrote its kind where nothing was said."""
    return "" if entry["text"] == entry["kind"] else str(entry["text"])


def moment_of(force: Mapping[str, Any], kind: str) -> pd.Timestamp | None:
    """When the last entry of a kind (active, closed, declined …) was written; None if never."""
    found = [entry["at"] for entry in ledger_of(force) if entry["kind"] == kind]
    return pd.Timestamp(found[-1]) if found else None


def forces_before(
    forces: pd.DataFrame, moment: pd.Timestamp, decided: pd.Timestamp | None = None
) -> pd.DataFrame:
    """The task forces proposed before a moment, with status and ledger as they were then.

    Args:
        forces: status, proposed_at, content.
        moment: what came at it or later is left out. Deadlines are as they are now.
        decided: what officers did by then counts, too, though it came after ``moment``.
    """
    there = forces[forces["proposed_at"] < moment]
    ledgers = [
        [
            entry
            for entry in ledger_of({"content": content})
            if pd.Timestamp(entry["at"]) < moment
            or (decided is not None and entry["officer"] and pd.Timestamp(entry["at"]) <= decided)
        ]
        for content in there["content"]
    ]
    contents = [
        {**content, "ledger": ledger}
        for content, ledger in zip(there["content"], ledgers, strict=True)
    ]
    states = [
        next((entry["kind"] for entry in reversed(ledger) if entry["kind"] in NEXT), "proposed")
        for ledger in ledgers
    ]
    return there.assign(
        status=pd.Series(states, index=there.index, dtype=there["status"].dtype),
        content=pd.Series(contents, index=there.index, dtype="object"),
    )


def verified_by(force: Mapping[str, Any], since: pd.Timestamp | None) -> dict[str, list[str]]:
    """Level → who verified it, of verifications after the last incident (None: of all)."""
    found: dict[str, list[str]] = {}
    for entry in ledger_of(force):
        if entry["kind"] == "verified" and (since is None or pd.Timestamp(entry["at"]) > since):
            found.setdefault(entry["level"], []).append(entry["officer"])
    return found


def counted_for(verified: Mapping[str, list[str]]) -> dict[str, str]:
    """Officer → the one level that their verification counts for.

    As many levels as can be have a person of their own; of those that cannot all have one the
    later go without.

    Args:
        verified: level → who verified it, of :func:`verified_by`.
    """
    counted: dict[str, str] = {}

    def found_for(level: str, asked: set[str]) -> bool:
        for officer in verified[level]:
            if officer in asked:
                continue
            asked.add(officer)
            # Whoever counts for another level is free where that one has somebody else.
            if officer not in counted or found_for(counted[officer], asked):
                counted[officer] = level
                return True
        return False

    for level in verified:
        found_for(level, set())
    return counted


def note(
    force: Mapping[str, Any], officer: str, at: pd.Timestamp, text: str, milestone: str = ""
) -> dict[str, Any]:
    """The task force with an entry of progress; ``milestone`` names one that was reached.

    Raises:
        RefusedError: it is not active, nobody is named, nothing is said, no such milestone.
    """
    _need_active(force)
    milestones = force["content"].get("milestones", {})
    if milestone and milestone not in milestones:
        _refuse(force, say(f"没有节点 {milestone}", f"no milestone {milestone}"),
                "、".join(milestones))  # fmt: skip
    return _with(force, "milestone" if milestone else "progress", officer, at, text,
                 milestone=milestone)  # fmt: skip


def verify(
    force: Mapping[str, Any],
    level: str,
    officer: str,
    at: pd.Timestamp,
    text: str,
    settings: EscalationSettings,
) -> dict[str, Any]:
    """The task force with one level's verification.

    Raises:
        RefusedError: not active, no such level, nobody is named, nothing is said.
    """
    _need_active(force)
    levels = _levels(force, settings)
    if level not in levels:
        _refuse(force, say(f"没有层级 {level}", f"no level {level}"), "、".join(levels))
    return _with(force, "verified", officer, at, text, level=level)


def extend(
    force: Mapping[str, Any],
    days: int,
    approver: str,
    at: pd.Timestamp,
    reason: str,
    settings: EscalationSettings,
) -> dict[str, Any]:
    """The task force with its deadline ``days`` working days later (from today if it has passed).

    See :func:`.put_off`: it has none while the calendar lacks a year of it.

    Raises:
        RefusedError: not active, no reason, no approver or one who may not; the same person put it
            off by as many days for the same reason that day.
    """
    _need_active(force)
    check_approver(force["task_force_id"], approver, settings.task_force.approver, settings)
    later = put_off(force["content"], days, at, settings)
    due, until = force["content"].get("due_on") or UNKNOWN_DAY, later["due_on"] or UNKNOWN_DAY
    changed = _with(force, "extended", approver, at, reason, until=until, days=str(days))
    *before, extended = ledger_of(changed)
    if any(_is_repeated(entry, extended) for entry in before):
        _refuse(force, say(f"今天已由同一人以同一理由延期 {days} 个工作日，时限 {due}",
                           f"put off by {days} working days today already, by the same person for "
                           f"the same reason: due {due}"),
                say("确需再延的，另写理由", "another reason, if it is to be put off further"))  # fmt: skip
    changed["content"] |= {name: later[name] for name in ("due_on", "put_off")}
    return changed


def move(
    force: Mapping[str, Any],
    status: str,
    officer: str,
    at: pd.Timestamp,
    text: str,
    settings: EscalationSettings,
    last_incident: pd.Timestamp | None = None,
    last_report: pd.Timestamp | None = None,
) -> dict[str, Any]:
    """Start, decline or close a task force.

    The entry of an end keeps ``last_at``, the last incident that people reported before it. A start dates the plan
    and counts its milestones and deadline from that day.

    Args:
        force: the row as it was read.
        status: active, declined or closed.
        officer: who.
        at: when.
        text: why; a refusal to start one needs it.
        settings: levels and the quiet period.
        last_incident: of its case as it is known; decides whether it may be closed.
        last_report: of these the last that people reported; None is none but patrols' finds.

    Raises:
        RefusedError: an impossible step, nobody named or one who may not, or what a closing needs is
            missing: all of it is listed.
    """
    now = str(force["status"])
    if status not in NEXT.get(now, ()):
        raise not_now(str(force["task_force_id"]), now, force=True)
    if status == "closed":
        missing = lacking(force, at, settings, last_incident)
        if missing:
            _refuse(force, say("还不能销号：", "it cannot be closed yet: ") + "；".join(missing),
                    say("各级核查和静默期", "verification at each level, and a quiet period"))  # fmt: skip
    if status == "active":
        check_approver(force["task_force_id"], officer, settings.task_force.approver, settings)
        force = {**force, "content": counted_anew(force["content"], at, settings)}
    if status == "declined" and not legible(text):
        _refuse(force, say("没有写明理由", "no reason is given"), "--reason")
    known = ""
    if status in ENDED and last_report is not None and not pd.isna(last_report):
        known = last_report.isoformat()
    return _with(force, status, officer, at, text, last_at=known) | {"status": status}


def lacking(
    force: Mapping[str, Any],
    at: pd.Timestamp,
    settings: EscalationSettings,
    last_incident: pd.Timestamp | None,
) -> list[str]:
    """What still stands against closing by the plan itself; empty when it may be closed."""
    needed = force["content"].get("quiet_days", settings.task_force.quiet_days)
    missing: list[str] = []
    since = last_incident if last_incident is not None and not pd.isna(last_incident) else None
    verified = verified_by(force, since)
    absent = [level for level in _levels(force, settings) if level not in verified]
    if absent:
        missing.append(say(f"末次事件后缺{'、'.join(absent)}核查",
                           f"no verification since the last incident by: {', '.join(absent)}"))  # fmt: skip
    elif len(counted := counted_for(verified)) < len(verified):
        shared = [level for level in verified if level not in counted.values()]
        missing.append(_shared(shared, verified, counted))
    starts = [moment for moment in (since, moment_of(force, "active")) if moment is not None]
    if starts:
        quiet = (at.normalize() - max(starts).normalize()).days
        if quiet < needed:
            missing.append(say(f"静默期 {quiet} 天，须满 {needed} 天",
                               f"quiet for {quiet} days of {needed}"))  # fmt: skip
    return missing


def _levels(force: Mapping[str, Any], settings: EscalationSettings) -> Sequence[str]:
    """The levels that verify a plan: those that it names, of an older one those of the settings."""
    levels: Sequence[str] = force["content"].get("levels", settings.task_force.verification_levels)
    return levels


def _shared(
    levels: list[str], verified: Mapping[str, list[str]], counted: Mapping[str, str]
) -> str:
    """What is said of levels that nobody verified but who counts for another one."""
    told = []
    for level in levels:
        people = say("、", ", ").join(
            say(
                f"{officer}（已计入{counted[officer]}）",
                f"{officer} (counts for {counted[officer]})",
            )
            for officer in dict.fromkeys(verified[level])
        )
        told.append(say(f"{level}只有{people}", f"{level} only by {people}"))
    listed = say("，", "; ").join(told)
    return say(f"各级须由不同的人核查：{listed}", f"each level needs another person: {listed}")


def doubled(forces: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The proposed task forces that end where their case has another after a merge.

    One that was started stays, else the older. Of several that were started all stay: officers
    close them.

    Args:
        forces: as in the store.
        at: the night.

    Returns:
        Their rows with the status ``superseded`` and its entry in the ledger.
    """
    waiting = forces[forces["status"].isin(("proposed", "active"))]
    order = ["status", "proposed_at", "task_force_id"]  # "active" comes before "proposed"
    waiting = waiting.sort_values(order)
    ended = waiting[waiting.duplicated("case_id") & (waiting["status"] == "proposed")]
    entry = {"at": at.isoformat(), "kind": "superseded", "officer": "", "text": MERGED}
    contents = [
        {**content, "ledger": [*content.get("ledger", ()), entry]} for content in ended["content"]
    ]
    told = pd.Series(contents, index=ended.index, dtype="object")
    return ended.assign(status="superseded", content=told).sort_values("task_force_id")


def of_problems(forces: pd.DataFrame, within: Mapping[str, str]) -> pd.DataFrame:
    """The task forces, and those of cases of ``within`` once more as of what these lie in.

    Args:
        forces: case_id, and what else they have.
        within: place or organisation case → the case of the same problem, see ``propose``.
    """
    theirs = forces[among_names(forces["case_id"], within)]
    problems = theirs["case_id"].map(within).astype(forces["case_id"].dtype)
    return pd.concat([forces, theirs.assign(case_id=problems)], ignore_index=True)


def closed_since(forces: pd.DataFrame, last_at: Mapping[str, Any]) -> Iterable[str]:
    """Cases whose task force is not needed anew: it runs, or nothing came that its end did not know.

    What people reported later than the last incident that the end went by (``last_at``) is new to it, also
    where it was told before and delivered after it. An end that does not say what it knew knew
    what was reported by then.

    Args:
        forces: case_id, status, content.
        last_at: case → its last incident that people reported.
    """
    standing = forces[forces["status"] != "superseded"]
    for row in standing[["case_id", "status", "content"]].to_dict("records"):
        ends = [entry for entry in ledger_of({"content": row["content"]}) if entry["kind"] in ENDED]
        last = last_at.get(str(row["case_id"]))
        if (
            row["status"] not in ENDED
            or not ends
            or last is None
            or last <= pd.Timestamp(ends[-1].get("last_at", ends[-1]["at"]))
        ):
            yield str(row["case_id"])


def _is_repeated(before: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether two entries say the same of the same day."""
    same = all(before.get(name) == entry[name] for name in ("kind", "officer", "text", "days"))
    return same and before["at"][:10] == entry["at"][:10]


def _need_active(force: Mapping[str, Any]) -> None:
    if force["status"] != "active":
        raise not_now(str(force["task_force_id"]), str(force["status"]), force=True)


def _with(
    force: Mapping[str, Any], kind: str, officer: str, at: pd.Timestamp, text: str, **more: str
) -> dict[str, Any]:
    named = legible(officer)
    if not named:
        _refuse(force, say("没有经办人姓名", "no officer is named"), "--officer")
    if kind not in NEXT and not legible(text):
        _refuse(force, say("没有写明内容或理由", "nothing is said"),
                "--reason" if kind == "extended" else "--text")  # fmt: skip
    entry = {"at": at.isoformat(), "kind": kind, "officer": named, "text": writable(text)}
    entry |= {name: value for name, value in more.items() if value}
    return {**force, "content": {**force["content"], "ledger": [*ledger_of(force), entry]}}


def _refuse(force: Mapping[str, Any], found: str, expected: str) -> None:
    raise RefusedError(
        Problem(
            str(force["task_force_id"]),
            found,
            expected,
            say(
                f"用 warning task-forces show {force['task_force_id']} 查看",
                f"see: warning task-forces show {force['task_force_id']}",
            ),
        )
    )
