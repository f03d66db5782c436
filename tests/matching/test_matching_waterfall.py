"""A link explained: parts that sum, values that were compared, what would have changed it."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from warning.cli import run
from warning.commands.nights import summary_facts
from warning.demo.city import AS_OF
from warning.matching.evidence import KINDS, Evidence, evidence
from warning.matching.place_evidence import ORDER
from warning.matching.waterfall import Step, Waterfall, waterfall
from warning.report.link_page import (
    bars,
    changes,
    decision,
    hidden,
    hiding,
    level_names,
    link_page,
    step_words,
)
from warning.reviewing import night_evidence
from warning.settings import load_settings
from warning.store import Store


@pytest.fixture(scope="module")
def found(night_store: str) -> dict[str, Evidence]:
    """The town's evidence of every kind."""
    with Store.open(night_store) as store:
        known, previous = store.known(AS_OF), store.previous()
    return {kind: evidence(kind, *known, previous, load_settings()) for kind in KINDS}


def as_shown(told: Waterfall, *tables: pd.DataFrame) -> Waterfall:
    """It masked, by these records, parties and mentions."""
    return hidden(told, hiding((told.left, told.right), *tables, load_settings()))


@pytest.mark.parametrize("kind", KINDS)
def test_prior_and_parts_sum_to_the_weight(found: dict[str, Evidence], kind: str) -> None:
    """Of all links of a sample, and of pairs that are none, the parts make up the weight."""
    own = found[kind]
    pairs = own.pairs
    links = pairs[pairs["is_link"].astype(bool)].head(25)
    assert len(links) > 20
    key = own.rows["key"]
    for row in pd.concat([links, pairs.tail(10)]).itertuples():
        told = waterfall(own, key[row.left], key[row.right])
        assert told.prior + sum(step.bits for step in told.steps) == pytest.approx(
            row.weight, abs=1e-4
        )
        assert told.probability == pytest.approx(row.probability, abs=1e-4)
        assert told.together == row.is_link


def test_the_same_pair_compared_again_has_the_same_parts(found: dict[str, Evidence]) -> None:
    """What the linker remembered and what comparing the two mentions anew gives are one."""
    own = found["person"]
    assert own.model is not None
    for row in own.pairs.iloc[::211].itertuples():
        again = own.model.parts(row.left, row.right, own.model.levels(row.left, row.right))
        for name, bits in again.items():
            assert bits == pytest.approx(getattr(row, name), abs=1e-4)


def test_two_reports_compared_again_have_the_parts_of_the_night_and_their_levels(
    found: dict[str, Evidence],
) -> None:
    """Each part is worth what the settings say of its level, and every level has words."""
    own = found["incident"]
    bits = load_settings().matching.incident.levels
    words = level_names()
    key = own.rows["key"]
    for row in own.pairs.iloc[:: len(own.pairs) // 60].itertuples():
        told = waterfall(own, key[row.right], key[row.left])
        assert told.compared
        assert [step.name for step in told.steps] == own.parts
        for step in told.steps:
            assert step.bits == pytest.approx(getattr(row, step.name))
            assert step.bits == bits[step.name][step.level]
            assert step_words(step)[2] == words[step.level]


def test_two_reports_that_the_night_did_not_compare_are_weighed_as_it_would(
    found: dict[str, Evidence],
) -> None:
    """Further apart than the window they are no link, whatever they weigh, and words say so."""
    own = found["incident"]
    assert own.events is not None
    key, hours = own.rows["key"], own.events.facts.reported
    order = np.argsort(hours)
    near = [(a, b) for a, b in pairwise(order.tolist())
            if own.compared(a, b) is None and hours[b] - hours[a] < 48][:20]  # fmt: skip
    assert len(near) == 20
    for a, b in near:
        told = waterfall(own, key[a], key[b])
        assert (told.compared, told.beyond, told.is_link) == (False, None, False)
        assert told.weight == pytest.approx(told.prior + sum(step.bits for step in told.steps))
        assert told.weight < told.prior - 1
        assert all(step.level for step in told.steps)
    a, b = int(order[0]), int(order[-1])
    told = waterfall(own, key[a], key[b])
    assert told.beyond == pytest.approx((hours[b] - hours[a], 48))
    assert {step.name: step.level for step in told.steps}["time"] == "later"
    # With every level worth much they would weigh enough: the window alone keeps them apart.
    worth = {
        name: dict.fromkeys(levels, 3.0) for name, levels in own.events.settings.levels.items()
    }
    settings = own.events.settings.model_copy(update={"levels": worth})
    heavy = replace(own, events=replace(own.events, settings=settings))
    told = waterfall(heavy, key[a], key[b])
    assert told.probability > 0.99
    assert (told.is_link, told.too_thin, told.undo) == (False, False, ())
    assert "never compared as one incident, no link" in decision(told)
    assert changes(told) == []
    # Within the window the weight decides; that nothing brought them together is said.
    told = waterfall(heavy, *key[list(near[0])])
    assert told.is_link
    assert "no blocking rule brought them together" in decision(told)


def test_explain_on_two_reports_far_apart_says_that_they_are_never_compared(
    night_store: str, found: dict[str, Evidence], tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """On the terminal, in JSON and on the page; with their levels, in both languages."""
    own = found["incident"]
    assert own.events is not None
    order = np.argsort(own.events.facts.reported)
    start = ["explain", *own.rows["key"].iloc[order[[0, -1]]], "--store", night_store]
    assert run([*start, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not told["is_link"]
    assert told["beyond"][0] > told["beyond"][1] == 48
    assert run(start) == 0
    assert "never compared as one incident" in " ".join(capsys.readouterr().out.split())
    monkeypatch.setenv("WARNING_LANG", "zh")
    page = tmp_path / "link.html"
    assert run([*start, "--html", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "不比较是否为同一事件：不关联" in text
    assert "更久" in text


def test_what_would_undo_a_link_is_true(found: dict[str, Evidence]) -> None:
    """Every part that is named as decisive leaves, when taken out, too little; no other does."""
    own = found["person"]
    key = own.rows["key"]
    near = own.pairs[own.pairs["is_link"] & (own.pairs["probability"] > own.threshold)]
    near = near.sort_values("weight").head(40)
    some = [waterfall(own, key[row.left], key[row.right]) for row in near.itertuples()]
    linked = [told for told in some if told.is_link]
    assert any(told.undo for told in linked)
    for told in linked:
        assert not told.needed
        for step in told.steps:
            alone = step.name not in ("phone", "place", "county")  # their echoes move with them
            rest = told.weight - step.bits
            if alone and step.name not in told.undo and step.bits > 0:
                assert rest > 1.2
    apart = own.pairs[~own.pairs["is_link"]].sort_values("weight").tail(60)
    told = [waterfall(own, key[row.left], key[row.right]) for row in apart.itertuples()]
    assert any(one.needed for one in told)
    assert all(chance >= one.threshold for one in told for _, chance in one.needed)


def test_a_masked_party_is_told_by_whom_it_faces(found: dict[str, Evidence]) -> None:
    """Where the counterpart speaks for a link, the two mentions of it are named."""
    own = found["person"]
    key = own.rows["key"]
    row = own.pairs[own.pairs["is_link"] & (own.pairs["counterpart"] > 3)].iloc[0]
    told = waterfall(own, key[int(row["left"])], key[int(row["right"])])
    source = next(step for step in told.steps if step.name == "counterpart").source
    records = [one.rpartition("|")[0] for one in (told.left, told.right)]
    assert [one.rpartition("|")[0] for one in source] == records
    assert not set(source) & {told.left, told.right}


def test_the_page_shows_no_name_and_no_number(found: dict[str, Evidence], night_store: str) -> None:
    """Masked, the page holds neither value; it needs no network and no script."""
    own = found["person"]
    with Store.open(night_store) as store:
        records, parties = store.known(AS_OF)
        mentions = store.table("mentions")
    rows = own.rows
    good = own.pairs[own.pairs["is_link"]]
    full = rows["phone"].notna() & rows["id_number"].notna() & ~rows["is_mask"].fillna(True)
    row = good[full.to_numpy()[good["left"]] & full.to_numpy()[good["right"]]].iloc[0]
    pair = rows.loc[[row["left"], row["right"]]]
    told = waterfall(own, *pair["key"])
    page = link_page(as_shown(told, records, parties, mentions))
    for column in ("name", "phone", "id_number"):
        assert not any(value in page for value in pair[column])
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<rect") == len(own.parts) + 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_level_stands_whole_in_the_drawing(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two lines where one has no room, broken between words."""
    monkeypatch.setenv("WARNING_LANG", language)
    steps = [Step("text", level, "", "", 1.0) for level in level_names()]
    told = Waterfall("incident", "a", "b", 0.0, steps, 1.0, 0.7, 0.5, True, True, (), "", (), (),
                     False, True)  # fmt: skip
    drawn = [bar.level for bar in bars(told)[0][1:-1]]
    between = " " if language == "en" else ""
    assert [level.replace("\n", between) for level in drawn] == list(level_names().values())
    assert max(level.count("\n") for level in drawn) == 1
    page = link_page(told)
    assert all(f">{line}</text>" in page for level in drawn for line in level.split("\n"))


def test_a_narrative_tells_no_house_as_the_place_beside_it(
    found: dict[str, Evidence], night_store: str
) -> None:
    """House numbers are hidden in both, in figures and in Chinese numerals."""
    own = found["incident"]
    row = own.pairs[own.pairs["is_link"]].iloc[0]
    told = waterfall(own, own.rows["key"][row["left"]], own.rows["key"][row["right"]])
    home = {"text": "家住幸福小区3号楼二单元501室", "place": "幸福小区3号楼二单元501室"}
    steps = [replace(one, left=home.get(one.name, ""), right="") for one in told.steps]
    with Store.open(night_store) as store:
        (records, parties), mentions = store.known(AS_OF), store.table("mentions")
    told = replace(told, steps=tuple(steps))
    calm = records.assign(category="邻里纠纷", narrative="")
    shown = as_shown(told, calm, parties, mentions)
    texts = {one.name: one.left for one in shown.steps}
    assert texts["text"] == "家住" + texts["place"] == "家住幸福小区*号楼*单元*室"
    violent = records.assign(category="家庭暴力")
    shown = as_shown(told, violent, parties, mentions)
    assert not [one.name for one in shown.steps if "幸福小区" in one.left]


def test_two_people_are_shown_without_the_place_of_domestic_violence(
    found: dict[str, Evidence], night_store: str
) -> None:
    """Where a victim lives stood there, and in a sample's file."""
    own = found["person"]
    row = own.pairs[own.pairs["is_link"]].iloc[0]
    told = waterfall(own, own.rows["key"][row["left"]], own.rows["key"][row["right"]])
    (step,) = [one for one in told.steps if one.name == "place"]
    told = replace(told, steps=(replace(step, left="幸福小区3号楼", right=""),))
    with Store.open(night_store) as store:
        (records, parties), mentions = store.known(AS_OF), store.table("mentions")
    for category, places in (("邻里纠纷", ["幸福小区*号楼", ""]),
                             ("家庭暴力", ["(domestic violence: not shown)", ""])):  # fmt: skip
        shown = as_shown(told, records.assign(category=category, narrative=""), parties, mentions)
        assert [shown.steps[0].left, shown.steps[0].right] == places


def test_a_child_has_no_surname_and_no_school_in_an_explanation(
    found: dict[str, Evidence], night_store: str
) -> None:
    """Neither as a person who is compared nor in a narrative or a place, be there a name or none."""
    with Store.open(night_store) as store:
        (records, parties), mentions = store.known(AS_OF), store.table("mentions")
    parties = parties.assign(age=pd.array([11] * len(parties), dtype="Int64"))
    for kind in ("person", "incident"):
        own = found[kind]
        row = own.pairs[own.pairs["is_link"] & (own.pairs["weight"] > 8)].iloc[0]
        told = waterfall(own, own.rows["key"][row["left"]], own.rows["key"][row["right"]])
        key = told.left.split("|")
        its = parties[(parties["channel"] == key[0]) & (parties["record_id"] == key[1])]
        steps = {"name": "name", "text": "text"}
        written = its["name"].dropna().iloc[0]
        word = "父亲:" if kind == "person" else ""
        made = [replace(one, left=word + written) for one in told.steps if one.name in steps]
        made += [replace(one, left=written) for one in made]
        shown = as_shown(replace(told, steps=tuple(made)), records.assign(category="邻里纠纷", narrative=""),
                         parties, mentions)  # fmt: skip
        assert [one.left for one in shown.steps] == [word + "未成年人", "未成年人"]
        made = [
            replace(one, left="张掖二中门口") for one in told.steps if one.name in ("text", "place")
        ]
        for people in (parties, parties.assign(name=pd.Series(pd.NA, parties.index, dtype="str"))):
            shown = as_shown(replace(told, steps=tuple(made)), records.assign(category="邻里纠纷", narrative=""),
                             people, mentions)  # fmt: skip
            assert {one.left for one in shown.steps} == {"某校门口"}


def test_an_adult_is_no_child_in_an_explanation_for_what_a_text_tells(
    found: dict[str, Evidence], night_store: str
) -> None:
    """The same words make one whose row tells no age a child."""
    with Store.open(night_store) as store:
        (records, parties), mentions = store.known(AS_OF), store.table("mentions")
    parties = parties.assign(id_number=pd.Series(pd.NA, parties.index, dtype="str"))
    own = found["incident"]
    row = own.pairs[own.pairs["is_link"]].iloc[0]
    told = waterfall(own, own.rows["key"][row["left"]], own.rows["key"][row["right"]])
    channel, record_id = told.left.split("|")
    its = parties[(parties["channel"] == channel) & (parties["record_id"] == record_id)]
    text = its["name"].dropna().iloc[0] + "，17岁，在家"
    made = [replace(one, left=text) for one in told.steps if one.name == "text"]
    records = records.assign(category="邻里纠纷", narrative=text)
    for age, is_child in ((49, False), (pd.NA, True)):
        people = parties.assign(age=pd.array([age] * len(parties), dtype="Int64"))
        shown = as_shown(replace(told, steps=tuple(made)), records, people, mentions)
        assert ["未成年人" in one.left for one in shown.steps] == [is_child]


def test_explain_on_a_link(
    night_store: str, found: dict[str, Evidence], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Bars on the terminal, JSON, a page; names need a reason; unknown keys are wrong usage."""
    own = found["person"]
    row = own.pairs[own.pairs["is_link"]].iloc[0]
    left, right = own.rows["key"][row["left"]], own.rows["key"][row["right"]]
    start = ["explain", left, right, "--store", night_store]
    assert run(start) == 0
    assert "█" in capsys.readouterr().out
    assert run([*start, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["prior"] + sum(step["bits"] for step in told["steps"]) == pytest.approx(
        told["weight"], abs=1e-4
    )
    name = own.rows["name"][row["left"]]
    assert name not in json.dumps(told, ensure_ascii=False)
    assert run([*start, "--html", str(tmp_path / "link.html")]) == 0
    assert "<svg" in (tmp_path / "link.html").read_text(encoding="utf-8")
    assert run([*start, "--unmasked"]) == 2
    assert run(["explain", left, left, "--store", night_store]) == 2
    assert run(["explain", "--store", night_store]) == 2


def test_the_largest_clusters_are_shown_with_what_holds_them(
    night_store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mentions, links, the weakest, what holds them, and what the caps cost; in Chinese too."""
    assert run(["explain", "--largest", "--store", night_store, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = [one["rows"] for one in told["largest"]]
    assert rows == sorted(rows, reverse=True)
    assert all(one["strongest"] for one in told["largest"])
    assert {"rule", "lost_pairs"} <= set(told["blocking"][0])
    monkeypatch.setenv("WARNING_LANG", "zh")
    assert run(["explain", "--largest", "--store", night_store]) == 0
    out = capsys.readouterr().out
    assert "最大的群组" in out
    assert "未比较的对数" in out


def test_two_places_are_explained_by_the_parts_of_their_addresses(
    night_store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two records of one room: equal parts, one place; of another place something differs."""
    with Store.open(night_store) as store:
        links = store.table("place_links")
    rooms = links[links["grain"] == "room"]
    key = rooms["channel"] + "|" + rooms["record_id"]
    many = rooms["place_id"].value_counts().index[0]
    left, right = key[rooms["place_id"] == many].iloc[:2]
    other = key[rooms["place_id"] != many].iloc[0]
    start = ["explain", left, right, "--kind", "place", "--store", night_store]
    assert run([*start, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["together"]
    assert not any(character.isdigit() for side in told["sides"] for character in side["text"])
    assert run(["explain", left, other, "--kind", "place", "--store", night_store]) == 0
    assert "not one place" in capsys.readouterr().out
    assert run(["explain", left, "110|no", "--kind", "place", "--store", night_store]) == 2


def test_two_places_of_domestic_violence_are_explained_by_their_towns_alone(
    night_store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The compound's name stood there beside its hidden number."""
    with Store.open(night_store) as store:
        records, _ = store.known(AS_OF)
    told = records[records["address"].notna()]
    violent = told[told["category"].eq("家庭暴力")].iloc[0]
    other = told[told["channel"].ne(violent["channel"])].iloc[0]
    keys = ["|".join(one[["channel", "record_id"]]) for one in (violent, other)]
    assert run(["explain", *keys, "--kind", "place", "--store", night_store, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    hidden_so = "(domestic violence: not shown)"
    assert {side[name] for side in shown["sides"] for name in ("address", "text")} == {hidden_so}
    parts = {one["part"]: {one["left"], one["right"]} for one in shown["parts"]}
    above = {name: parts.pop(name) for name in ORDER[:4] if name in parts}
    assert above
    assert hidden_so not in set().union(*above.values())
    assert parts
    assert set().union(*parts.values()) <= {hidden_so, ""}


def test_what_caps_cost_is_in_the_nights_counts(night_store: str) -> None:
    """The count is kept with the run; the summary names it where there is any."""
    with Store.open(night_store) as store:
        counts = store.runs()["counts"].iloc[-1]
    counts = json.loads(counts) if isinstance(counts, str) else counts
    assert counts["pairs_lost_to_caps"] >= 0
    labels = [label for label, _ in summary_facts({**counts, "pairs_lost_to_caps": 12})]
    assert "pairs that caps left uncompared" in labels
    labels = [label for label, _ in summary_facts({**counts, "pairs_lost_to_caps": 0})]
    assert "pairs that caps left uncompared" not in labels


def test_numbers_that_name_no_record_are_in_the_nights_counts(night_store: str) -> None:
    """The summary says in words how many records name an unknown one, or one of several."""
    with Store.open(night_store) as store:
        counts = store.runs()["counts"].iloc[-1]
    counts = json.loads(counts) if isinstance(counts, str) else counts
    told = {"names_not_known": 3, "names_of_several": 2}
    facts = summary_facts({**counts, **told})
    assert [count for label, count in facts if "duplicate_of" in label] == [3, 2]
    facts = summary_facts({**counts, **dict.fromkeys(told, 0)})
    assert not [label for label, _ in facts if "duplicate_of" in label]
    assert counts.keys() >= {*told, "addresses_of_no_place"}


def test_incidents_are_explained_by_all_whom_the_night_counted(night_store: str) -> None:
    """Whoever only a text names counts in the evidence, too: it links what the night linked."""
    with Store.open(night_store) as store:
        own = night_evidence(store, "incident", load_settings())
        links = store.table("incident_links")
    keys = links["channel"] + "|" + links["record_id"]
    incident = own.rows["key"].map(links.set_index(keys)["incident_id"]).to_numpy()
    left, right = (own.pairs[side].to_numpy() for side in ("left", "right"))
    assert (own.pairs["is_link"].to_numpy() == (incident[left] == incident[right])).all()
    # Of two records the one pair's probability is the incident's.
    two = links["incident_id"].value_counts().loc[lambda count: count == 2].index
    pairs = own.pairs.assign(incident_id=incident[left])[own.pairs["is_link"]]
    told = pairs.groupby("incident_id")["probability"].max().reindex(two)
    kept = links.groupby("incident_id")["probability"].max().reindex(two)
    assert len(two) > 50
    assert (told - kept).abs().max() < 1e-9
