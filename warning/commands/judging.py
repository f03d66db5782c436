"""``judge`` beyond one pair: the queue, samples, what they say, and reliability."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import typer

from warning.commands.console import (
    console,
    given_reason,
    note,
    print_facts,
    print_json,
    print_table,
    say_undone,
    settings_of,
    shown,
)
from warning.commands.linked import evidence_of, print_waterfall, with_withheld
from warning.contradictions import against, numbered_instead, on_two_sides
from warning.errors import Problem, UsageError
from warning.judged_samples import judged_sample, strata_file
from warning.language import TIERS, names_of, say
from warning.matching.evidence import Evidence
from warning.matching.sampling import clerical_sample
from warning.matching.waterfall import waterfall
from warning.moments import local_now
from warning.report.link_page import Hiding, hidden, hiding
from warning.reviewing import (
    keep_judged,
    next_pairs,
    record_verdicts,
    reliability_tables,
    sample_columns,
    sample_estimate,
    sample_sheet,
    write_sample,
)
from warning.settings import Settings
from warning.store import Store

ANSWERS = {"s": "same", "d": "different", "u": "unsure"}


def refuse_no_pair(
    store: Store, kind: str, left: str, right: str, verdict: str, config: Path | None
) -> None:
    """Refuse a verdict that can never hold, whatever the evidence.

    Raises:
        UsageError: twice the same key, or the two sides of one record as one person.
    """
    if left == right:
        found = say("两个键相同", "twice the same key")
    elif (kind, verdict) == ("person", "same") and on_two_sides(
        store, left, right, settings_of(config)
    ):
        found = say("同一条记录的双方，总是两个人",
                    "the two sides of one record, who are always two people")  # fmt: skip
    else:
        return
    raise UsageError(
        Problem(
            f"judge {left} {right}",
            found,
            say("两条记录，或两处当事人", "two records, or two mentions of parties"),
            say("用 warning cases ID 查看键", "see the keys with: warning cases ID"),
        )
    )


def tell_against(store: Store, kind: str, told: Sequence[tuple[str, str, str]]) -> None:
    """Tell what stands against recorded verdicts (left, right, verdict)."""
    _tell_contradictions(store, kind, [(left, right) for left, right, _ in told])
    if kind == "person":
        for left, right, verdict in told:
            if verdict == "same":
                _tell_numbers(store, left, right)


def _tell_numbers(store: Store, left: str, right: str) -> None:
    """Tell where the ID numbers of two people keep them two, and which verdict makes them one."""
    instead = numbered_instead(store, left, right)
    if instead is None:
        return
    pair = " ".join(f'"{key}"' for key in instead)
    say_undone(
        say(f"{left} 和 {right} 所属的两人证件号码不同，仍是两人：这一判断只把其中一处移到另一人"
            f"名下。确为一人（号码有误）的，请判断：warning judge person {pair} same；否则请撤回："
            f'warning judge person "{left}" "{right}" unsure',
            f"the people of {left} and {right} have different ID numbers and stay two: this "
            "verdict only moves one of the mentions to the other's. If they are one (a number was "
            f"mistyped): warning judge person {pair} same; else take it back: "
            f'warning judge person "{left}" "{right}" unsure')
    )  # fmt: skip


def _tell_contradictions(store: Store, kind: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Tell which verdicts cannot hold beside those on these pairs, whose they are and what holds."""
    for found in against(store.table("verdicts"), kind, pairs):
        apart, *chain = (
            f"{row.left} {row.right} ({row.user}, {shown(row.at)})" for row in found.itertuples()
        )
        say_undone(
            say(f"判断互相矛盾：判为不同的 {apart}，又由判为相同的 {'、'.join(chain)} 连在一起。"
                "以“不同”为准，这些“相同”不能都起作用；判错的一处请撤回："
                f"warning judge {kind} 一处 另一处 unsure",
                f"contradictory verdicts: different is {apart}, and the same are "
                f"{', '.join(chain)}. The different one holds, and not all of the same ones do; "
                f"take back the wrong one: warning judge {kind} LEFT RIGHT unsure")
        )  # fmt: skip


def show_next(
    store: Store, kind: str, count: int, settings: Settings, *, unmasked: bool, as_json: bool,
    user: str | None,
) -> None:  # fmt: skip
    """List the pairs worth most to decide; with a ``user``, ask them one by one and keep each."""
    found = evidence_of(store, kind, settings)
    queue = next_pairs(found, store, settings)
    if as_json:
        print_json(queue.head(count))
        return
    _show_resting(found, count)
    if user is not None:
        _ask(store, found, queue.head(count), user, settings, unmasked=unmasked)
        return
    would = {
        "join": say("将合并", "would join"),
        "move": say("只移动一处（证件号码不同）", "would move one (ID numbers)"),
        "part": say("将拆开", "would part"),
    }
    shown = queue.assign(
        would=queue["would"].map(would),
        tier=queue["tier"].map(names_of(TIERS)),
        mentions=queue["mentions_left"].astype("str")
        + " + "
        + queue["mentions_right"].astype("str"),
    )
    titles = {
        "left": say("一处", "left"),
        "right": say("另一处", "right"),
        "probability": say("概率", "probability"),
        "would": say("判断的作用", "a verdict"),
        "mentions": say("涉及处数", "mentions"),
        "tier": say("等级", "tier"),
        "worth": say("价值", "worth"),
    }
    print_table(shown.head(count), titles, most=count)
    console.print(
        say(f"共 {len(queue)} 处待判断；逐项依据：warning explain 一处 另一处",
            f"{len(queue)} to decide; part by part: warning explain LEFT RIGHT")
    )  # fmt: skip


def _show_resting(found: Evidence, most: int) -> None:
    """The verdicts that no longer hold, for a record names somebody else since."""
    if not found.resting:
        return
    console.print(
        say(f"{len(found.resting)} 处判断不再适用，其后记录改指他人；核对后可重新判断："
            "warning judge person 一处 另一处 判断",
            f"{len(found.resting)} verdicts no longer hold, for a record names somebody else since; "
            "to decide anew: warning judge person LEFT RIGHT VERDICT")
    )  # fmt: skip
    words = {"same": say("相同", "same"), "different": say("不同", "different")}
    keys = found.rows["key"].tolist()
    for (left, right), verdict in sorted(found.resting.items())[:most]:
        console.print(f"{keys[left]} ↔ {keys[right]}  {words[verdict]}", markup=False)


def _ask(
    store: Store, found: Evidence, queue: pd.DataFrame, user: str, settings: Settings, *,
    unmasked: bool,
) -> None:  # fmt: skip
    masks = _masks(store, [*queue["left"], *queue["right"]], settings)
    count = 0
    for left, right in zip(queue["left"], queue["right"], strict=True):
        told = waterfall(found, left, right)
        if unmasked:
            note(store, "judge shown", {"ids": [left, right]}, given_reason())
        told = told if unmasked else hidden(told, masks)
        print_waterfall(told)
        answer = ""
        while answer not in (*ANSWERS, "n", "q"):
            answer = typer.prompt(
                say("s 相同 / d 不同 / u 不确定 / n 下一处 / q 结束",
                    "s same / d different / u unsure / n next / q quit")
            ).strip()  # fmt: skip
        if answer == "q":
            break
        if answer in ANSWERS:
            at = local_now().to_pydatetime()
            verdict = [(left, right, ANSWERS[answer])]
            count += record_verdicts(store, found.kind, verdict, user, at)
            tell_against(store, found.kind, verdict)
    console.print(say(f"已记录 {count} 处", f"{count} recorded"))


def draw(
    store: Store, kind: str, size: int, seed: int, out: Path | None, settings: Settings, *,
    unmasked: bool,
) -> None:  # fmt: skip
    """Write a clerical sample."""
    if out is None or out.suffix.lower() != ".csv":
        given = say("没有 --out", "no --out") if out is None else f"--out {out}"
        raise UsageError(
            Problem("--sample", given, "--out FILE.csv",
                    say("例如 --out 抽样.csv", "for example --out sample.csv"))
        )  # fmt: skip
    found = evidence_of(store, kind, settings)
    sample = clerical_sample(found, size, seed)
    sheet = sample_sheet(found, sample)
    if not unmasked:
        sheet = _masked_sheet(store, found, sheet, settings)
    write_sample(out, sample, sheet, store if unmasked else None)
    count = len(sample)
    console.print(
        say(f"{count} 对写入 {out}：在 verdict 一列填 same / different / unsure；"
            f"{strata_file(out)} 不要给判断人看",
            f"{count} pairs in {out}: fill in the column verdict (same, different, unsure); "
            f"keep {strata_file(out)} from who judges"),
    )  # fmt: skip


def _masked_sheet(
    store: Store, found: Evidence, sheet: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """A sample's sheet, each pair masked as ``explain`` masks it."""
    masks = _masks(store, [*sheet["left"], *sheet["right"]], settings)
    shown = [
        masks.of(found.kind, *pair) for pair in zip(sheet["left"], sheet["right"], strict=True)
    ]
    hidden_columns = {}
    for name, column in sample_columns(found).items():
        for side in (f"{column}_left", f"{column}_right"):
            told = [
                show(name, value) if isinstance(value, str) else value
                for show, value in zip(shown, sheet[side], strict=True)
            ]
            hidden_columns[side] = pd.Series(told, index=sheet.index, dtype="str")
    return sheet.assign(**hidden_columns)


def _masks(store: Store, keys: Iterable[str], settings: Settings) -> Hiding:
    """How the mentions of these keys are shown masked, by all that the last night knew."""
    records, parties = store.known(store.last_night())
    return hiding(keys, records, with_withheld(store, parties), store.table("mentions"), settings)


def keep(store: Store, path: Path, user: str) -> None:
    """Record the verdicts of a sample's file."""
    kept, again, otherwise = keep_judged(path, store, user, local_now().to_pydatetime())
    told = say(f"已记录 {kept} 处", f"{kept} recorded")
    console.print(told + say("，下一夜起生效", "; they hold from the next night") * bool(kept))
    if again:
        console.print(
            say(f"{again} 处 {user} 此前已作同样判断，没有再记",
                f"{again} had been decided so by {user} before, and are not recorded again")
        )  # fmt: skip
    if otherwise:
        console.print(
            say(f"其中 {otherwise} 处后来有人另作判断，以后来的为准；要改判："
                "warning judge 类别 一处 另一处 判断",
                f"{otherwise} of these were decided otherwise since, which holds; to decide anew: "
                "warning judge KIND LEFT RIGHT VERDICT")
        )  # fmt: skip
    sample, verdict = judged_sample(path)
    for kind, own in sample.assign(verdict=verdict)[verdict.notna()].groupby("kind"):
        rows = zip(own["left"], own["right"], own["verdict"], strict=True)
        tell_against(store, str(kind), [*rows])


def show_estimate(store: Store, path: Path, *, as_json: bool) -> None:
    """Precision and recall with intervals, and what they cannot know."""
    told = sample_estimate(path, store)
    if as_json:
        print_json(asdict(told) | {"strata": told.strata})
        return

    def share(value: tuple[float, float, float]) -> str:
        return f"{value[0]:.3f} ({value[1]:.3f} – {value[2]:.3f})"

    print_facts(
        [
            (say("查准率（95% 区间）", "precision (95% interval)"), share(told.precision)),
            (say("查全率（95% 区间）", "recall (95% interval)"), share(told.recall)),
            (say("已判断", "judged"), told.judged),
            (say("不确定", "unsure"), told.unsure),
            (say("未判断", "not judged"), told.missing),
        ]
    )
    titles = {
        "stratum": say("层", "stratum"),
        "pairs": say("全部对数", "pairs"),
        "judged": say("已判断", "judged"),
        "same": say("相同", "same"),
    }
    print_table(told.strata, titles)
    console.print(
        say(
            "查全率只对比较过的对而言：分组规则没有带到一起的，抽样看不到，因此是上限"
            "（上限的代价见 warning explain --largest）。",
            "Recall is of the compared pairs: what no blocking rule brings together is in no "
            "sample, so it is an upper bound (what the caps cost: warning explain --largest).",
        )
    )
    if told.unseen:
        console.print(
            say(f"一对也没有判为相同的层里，仍可能有至多 {told.unseen} 对相同（95%，三分律）。",
                f"The strata where none was judged the same may still hold up to {told.unseen} "
                "that are (95%, rule of three).")
        )  # fmt: skip


def show_reliability(store: Store, settings: Settings, *, as_json: bool) -> None:
    """Probabilities beside verdicts, before and after calibration."""
    found = evidence_of(store, "person", settings)
    tables = reliability_tables(found, settings)
    one = found.calibration
    if as_json:
        print_json({**tables, "slope": one.slope, "shift": one.shift, "verdicts": one.verdicts})
        return
    if not one.verdicts:
        console.print(
            say(f"判断不足 {settings.matching.verdicts.minimum} 处，概率未校准",
                f"fewer than {settings.matching.verdicts.minimum} verdicts: not calibrated")
        )  # fmt: skip
    else:
        console.print(
            say(f"{one.verdicts} 处判断：比特 × {one.slope:.2f} {one.shift:+.2f}",
                f"{one.verdicts} verdicts: bits × {one.slope:.2f} {one.shift:+.2f}")
        )  # fmt: skip
    titles = {
        "low": say("概率从", "from"),
        "high": say("到", "to"),
        "pairs": say("对数", "pairs"),
        "mean": say("平均概率", "mean probability"),
        "same": say("判为相同", "judged the same"),
    }
    names = {"before": say("依据本身", "the evidence alone"), "after": say("校准后", "calibrated")}
    for name, table in tables.items():
        console.print(names[name])
        print_table(table, titles)
