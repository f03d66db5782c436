"""What ``explain`` shows of a link and of the largest clusters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from warning.commands.console import console, print_facts, print_json, print_table, shown, stages
from warning.errors import Problem, UsageError
from warning.exporting import write_people
from warning.language import say
from warning.matching.evidence import Evidence
from warning.matching.place_evidence import TOWN_AND_ABOVE, compared_places
from warning.matching.waterfall import Waterfall, waterfall
from warning.moments import local_now
from warning.outputs import write_output
from warning.records import PARTY, RECORD, keys_of, record_ids_in
from warning.report.link_page import (
    LEFT,
    WIDTH,
    bars,
    changes,
    decision,
    hidden,
    hiding,
    level_names,
    link_page,
    part_names,
)
from warning.reviewing import night_evidence
from warning.settings import Settings
from warning.store import Store

#: Letters that a bar takes on the terminal.
BAR = 30


def kind_of(store: Store, key: str) -> str:
    """What a key names: an incident's record, or a party that is a person or an organisation."""
    ids = record_ids_in(key)
    links = store.rows("party_links", "record_id", ids)
    of = links[keys_of(links[PARTY]) == key]
    if len(of):
        return str(of["entity_type"].iloc[0])
    records = store.rows("records", "record_id", ids)
    is_record = key.count("|") == 1 or key in set(keys_of(records[RECORD]))
    return "incident" if is_record else "person"


def evidence_of(store: Store, kind: str, settings: Settings) -> Evidence:
    """:func:`warning.reviewing.night_evidence`, which takes as long as a night's linking."""
    with stages() as begins:
        begins(say("重算依据", "making the evidence again"))
        return night_evidence(store, kind, settings)


@contextmanager
def _known_keys() -> Iterator[None]:
    """A key that names nothing is wrong usage."""
    try:
        yield
    except KeyError as error:
        raise UsageError(
            Problem(
                str(error.args[0]),
                say("没有这条记录，或两个键相同", "no such mention, or twice the same key"),
                say("渠道|编号|当事人序号，或 渠道|编号",
                    "channel|record_id|party_no, or channel|record_id"),
                say("用 warning explain 系列编号 查看键", "see the keys with: warning explain CASE"),
            )
        ) from error  # fmt: skip


def with_withheld(store: Store, parties: pd.DataFrame) -> pd.DataFrame:
    """The parties of the last night, and by name alone who had objected: whom texts may name."""
    return pd.concat([parties, store.withheld(store.last_night())], ignore_index=True)


def show_places(
    store: Store, left: str, right: str, settings: Settings, *, unmasked: bool, as_json: bool
) -> None:
    """Print two records' addresses part by part and the places they were linked to."""
    records, parties = store.known(store.runs()["as_of"].max())
    links, places = store.table("place_links"), store.table("places")
    with _known_keys():
        parts, sides = compared_places(
            records, links, places, left, right, settings.matching.places
        )
    if not unmasked:
        parties = with_withheld(store, parties)
        masks = hiding((left, right), records, parties, store.table("mentions"), settings)
        shown_as = masks.of("place", left, right)
        grains = ["town" if part in TOWN_AND_ABOVE else "place" for part in parts["part"]]
        for column in ("left", "right"):
            parts[column] = list(map(shown_as, grains, parts[column]))
        for column in ("address", "text"):
            sides[column] = sides[column].map(partial(shown_as, "place"), na_action="ignore")
    one = sides["place_id"].iloc[0]
    together = bool(sides["place_id"].notna().all() and one == sides["place_id"].iloc[1])
    if as_json:
        print_json({"kind": "place", "together": together, "parts": parts, "sides": sides})
        return
    for side in sides.itertuples():
        print_facts([(str(side.key), f"{shown(side.address)} → {shown(side.place_id)}")])
    print_table(
        sides,
        {"place_id": say("地点", "place"), "text": say("标准写法", "standard text"),
         "grain": say("粒度", "grain"), "probability": say("概率", "probability")},
    )  # fmt: skip
    names = level_names()
    print_table(
        parts.assign(level=parts["level"].map(lambda value: names.get(value, value))),
        {"part": say("部分", "part"), "left": say("一处", "left"), "right": say("另一处", "right"),
         "level": say("比较", "level")},
    )  # fmt: skip
    console.print(
        say("同一地点", "one place") if together else say("不是同一地点", "not one place")
    )


def show_link(
    store: Store, left: str, right: str, settings: Settings, *, unmasked: bool, as_json: bool,
    html: Path | None, kind: str | None = None,
) -> None:  # fmt: skip
    """Print, or write, the waterfall of two mentions; of two places, their parts."""
    kind = kind or kind_of(store, left)
    if kind == "place":
        show_places(store, left, right, settings, unmasked=unmasked, as_json=as_json)
        return
    found = evidence_of(store, kind, settings)
    with _known_keys():
        told = waterfall(found, left, right)
    if not unmasked:
        records, parties = store.known(store.last_night())
        parties = with_withheld(store, parties)
        keys, mentions = (told.left, told.right), store.table("mentions")
        told = hidden(told, hiding(keys, records, parties, mentions, settings))
    if html is not None:
        if unmasked:
            write_people(store, html, link_page(told), local_now())
        else:
            write_output(html, link_page(told))
        console.print(str(html))
    elif as_json:
        print_json({**asdict(told), "decision": decision(told), "changes": changes(told)})
    else:
        print_waterfall(told)


def print_waterfall(told: Waterfall) -> None:
    """The waterfall as a table with bars."""
    drawn, limit = bars(told)
    table = Table(box=None, pad_edge=False)
    for title in (say("项", "part"), say("两处的值", "the two values"), say("比较", "level"),
                  say("比特", "bits")):  # fmt: skip
        table.add_column(title, overflow="fold")
    table.add_column("", no_wrap=True)
    threshold = round((limit - LEFT) / WIDTH * BAR)
    for one in drawn:
        start = min(BAR - 1, int((one.start - LEFT) / WIDTH * BAR))
        length = max(1, round(one.width / WIDTH * BAR)) if one.bits not in ("+0.0", "-0.0") else 0
        line = [" "] * (BAR + 1)
        line[min(BAR, threshold)] = "┊"
        for at in range(start, min(BAR + 1, start + length)):
            line[at] = "█"
        style = "" if one.total else "green" if one.colour == "#2f7d5b" else "red"
        table.add_row(Text(one.name), Text(one.values), Text(one.level), Text(one.bits),
                      Text("".join(line), style=style))  # fmt: skip
    console.print(f"{told.left} ↔ {told.right}")
    console.print(table)
    for line_ in (decision(told), *changes(told)):
        console.print(line_)


def largest(store: Store, kind: str, settings: Settings) -> dict[str, pd.DataFrame]:
    """The largest clusters with why they hold together, and what the caps of blocking cost.

    Returns:
        largest: key (of the first mention), rows, links, pairs, weakest, strongest; blocking: as
        the linker reports it.
    """
    found = evidence_of(store, kind, settings)
    frame = found.largest
    key = found.rows["key"].to_numpy()
    if frame.empty:
        return {"largest": frame, "blocking": found.blocking}
    at = frame["cluster"].to_numpy(int)
    return {"largest": frame.assign(key=key[at]),
            "blocking": found.blocking}  # fmt: skip


def show_largest(told: dict[str, pd.DataFrame], as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json(told)
        return
    names = part_names()
    frame, blocking = told["largest"], told["blocking"]
    console.print(say("最大的群组（权重以比特计）：", "the largest clusters (weights in bits):"))
    if len(frame):
        titles: dict[str, Any] = {
            "key": say("其中一处", "one mention"),
            "rows": say("处数", "mentions"),
            "links": say("成立的关联", "links"),
            "pairs": say("可能的对数", "possible pairs"),
            "weakest": say("最弱一处的最强关联", "weakest best link"),
            "strongest": say("主要依据", "held by"),
        }
        named = frame.assign(strongest=frame["strongest"].map(lambda one: names.get(one, one)))
        print_table(named, titles)
    lost = int(blocking["lost_pairs"].sum()) if len(blocking) else 0
    console.print(
        say(f"因分组上限未比较的对数：{lost}", f"pairs that the caps left uncompared: {lost}")
    )
    if lost:
        titles = {"rule": say("规则", "rule"), "lost_pairs": say("未比较的对数", "uncompared")}
        if "lost_blocks" in blocking:
            titles["lost_blocks"] = say("略过的组", "blocks left out")
        print_table(blocking[blocking["lost_pairs"] > 0], titles)
