"""One letter for several cases of one recipient."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from lxml import etree
from openpyxl import load_workbook

import warning
from tests.escalation.office import SETTINGS, Office
from warning.cli import run
from warning.escalation.bundles import KEPT, carried, cases_of, drafted_cases, follow, less
from warning.escalation.case_file import CaseFile
from warning.escalation.documents import letter_document, task_force_document
from warning.escalation.past import REDONE
from warning.escalation.rules import propose
from warning.officers.ledger import ledger_workbook
from warning.officers.letters import take_step
from warning.proving import handled_cases
from warning.settings import load_settings
from warning.store import Store
from warning.store.outbox import of_letter
from warning.tabular import rows_of

BUNDLED = SETTINGS.model_copy(update={"bundle": ("提示函",)})


def office(*cases: tuple[str, str, str]) -> Office:
    """An office that bundles the first letter; cases are (id, county, category)."""
    found = Office(settings=BUNDLED)
    for case_id, county, category in cases:
        found.case(case_id, "yellow", county=county)
        found.cases[case_id]["category"] = category
    return found


def text_of(document: bytes) -> str:
    """The words of a Word document."""
    body = etree.fromstring(zipfile.ZipFile(io.BytesIO(document)).read("word/document.xml"))
    return "".join(node.text or "" for node in body.iter("{*}t"))


def test_a_letter_carries_the_cases_of_one_county_and_the_same_departments():
    """Not those of another county or department, and never domestic violence."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"), ("c-3", "620721", "02"),
                   ("c-4", "620702", "07"), ("c-5", "620702", "0101"),
                   ("c-6", "620702", "0101"))  # fmt: skip
    letters = found.night()
    assert [cases_of(letter) for letter in letters] == [
        ["c-1", "c-2"], ["c-3"], ["c-4"], ["c-5"], ["c-6"],
    ]  # fmt: skip
    assert office(("c-1", "620702", "02"), ("c-2", "620702", "02")).night()[0] == letters[0]


def test_every_carried_case_has_its_letter():
    """The next night drafts nothing again; overdue, each case climbs for itself."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    letter = found.night()[0]
    assert found.night() == []
    found.send(letter["letter_id"])
    assert sorted(row["case_id"] for row in found.night(30)) == ["c-1", "c-2"]
    follow_up = [row for row in found.letters.values() if row["kind"] == "交办函"]
    found.send(follow_up[0]["letter_id"])
    found.night()
    assert found.letters[letter["letter_id"]]["status"] == "overdue"
    found.send(follow_up[1]["letter_id"])
    found.night()
    assert found.letters[letter["letter_id"]]["status"] == "superseded"


def test_a_letter_that_is_not_answered_climbs_for_cases_without_a_tier():
    """In one letter, domestic violence apart; not for a case that is no longer scored."""
    found = office(*((f"c-{place}", "620702", "02") for place in (1, 2, 3)))
    found.settings = SETTINGS.model_copy(update={"bundle": ("提示函", "交办函")})
    found.case("c-4", "yellow")
    found.cases["c-4"]["category"] = "0101"
    for letter in found.night():
        found.send(letter["letter_id"])
    for case_id in found.cases:
        found.case(case_id, "none")
    cases, warnings, ledger = found.frames()
    scored = warnings[warnings["case_id"] != "c-3"]
    later = found.now + pd.Timedelta(days=30)
    letters = propose(cases, scored, ledger, found.settings, later).letters
    assert [cases_of(letter) for letter in rows_of(letters)] == [["c-1", "c-2"], ["c-4"]]
    assert set(letters["reason"]) == {"提示函逾期未复"}
    assert {content["tier"] for content in letters["content"]} == {"none"}
    told = CaseFile("c-4", "matter", "甘州区", "家庭", "none", 0.05, "近90天0次", (), (), True)
    assert "当前已无等级，三十日内" in text_of(letter_document(rows_of(letters)[1], told))


def test_a_letter_about_a_person_offers_help_and_threatens_no_step_that_never_comes():
    """It says whose series it is; the document prints what its draft says."""
    after = [kind.model_copy(update={"after_overdue": False}) for kind in SETTINGS.letters]
    never = SETTINGS.model_copy(update={"letters": tuple(after)})
    threats = {}
    for kind, settings in (("person", SETTINGS), ("matter", SETTINGS), ("place", never)):
        found = Office("2025-09-01", settings)
        found.case("c-1", "yellow", kind=kind)
        (letter,) = found.night()
        told = CaseFile("c-1", kind, "甘州区", "邻里", "yellow", 0.3, "近90天4次", (), (), False,
                        subject="钱某某" if kind == "person" else "")  # fmt: skip
        text = text_of(letter_document(letter, told))
        threats[kind] = "逾期未复的，将转为" in text
        assert ("本件是同一人（钱某某）先后" in text and "提供帮扶" in text) == (kind == "person")
        text = text_of(letter_document(letter, replace(told, matter="c-2")))
        assert "先后涉及的各起矛盾" not in text
        assert ("本件涉及同一人（钱某某）：请会同" in text) == (kind == "person")
        assert ("核查化解" in text) == (kind != "person")
    assert threats == {"person": False, "matter": True, "place": False}
    letter["content"]["next_step"] = "交办函"
    assert "逾期未复的，将转为交办函。" in text_of(letter_document(letter, told))


def test_a_letter_of_several_cases_asks_for_safety_where_any_is_violent():
    """Also where only a further one is; no plan of a violent case asks for an agreement first."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    letter = found.night()[0]
    calm, violent = (
        CaseFile(case_id, "matter", "甘州区", "家庭", "red", 0.5, "近90天3次", (), (), hit)
        for case_id, hit in (("c-1", False), ("c-2", True))
    )
    asked = "先行制定安全计划"
    assert asked in text_of(letter_document(letter, calm, others=[violent]))
    assert asked not in text_of(letter_document(letter, calm, others=[calm]))
    found.case("c-2", "red")
    found.night()
    plan, other = (
        text_of(task_force_document(found.task_forces[0], file)) for file in (violent, calm)
    )
    assert "达成并履行协议" in other
    assert "达成并履行协议" not in plan


def test_a_letter_of_several_cases_is_done_anew_for_all_of_them():
    """Once, in one letter, each case with the reason that it had."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    letter = found.night()[0]
    found.step(letter["letter_id"], "withdrawn", redo=True)
    (anew,) = found.night()
    assert cases_of(anew) == ["c-1", "c-2"]
    reasons = [anew["reason"], anew["content"]["others"][0]["reason"]]
    assert reasons == [f"升为黄色{REDONE}"] * 2
    found.step(anew["letter_id"], "withdrawn")
    assert found.night() == []


def test_a_merged_case_is_followed_into_the_bundle():
    """Chains of merges lead to the survivor, and it stands once; undone, each has its place again."""
    letters = pd.DataFrame(
        {"letter_id": ["d-1"], "case_id": ["c-1"], "drafted_for": ["c-1"],
         "content": [{"others": [{"case_id": "c-2"}, {"case_id": "c-3"}]}]}
    )  # fmt: skip
    moved = follow(letters, {"c-3": "c-4", "c-4": "c-2"})
    assert list(carried(moved)["case_id"]) == ["c-1", "c-2"]
    assert list(carried(letters)["case_id"]) == ["c-1", "c-2", "c-3"]
    partly = follow(moved, {"c-1": "c-5", "c-3": "c-4"})
    assert list(carried(partly)["case_id"]) == ["c-5", "c-2", "c-4"]
    pd.testing.assert_frame_equal(follow(partly, {}), letters)


def sent_without(found: Office, case_id: str) -> tuple[str, dict[str, object]]:
    """The office's first letter is sent while one of its cases is away."""
    letter = found.night()[0]
    away = found.cases.pop(case_id)
    found.night()
    found.letters[letter["letter_id"]] = less(letter, {case_id}, {})
    found.send(letter["letter_id"])
    return letter["letter_id"], away


def test_a_case_that_is_away_at_approval_is_left_out_and_has_its_letter_when_it_is_back():
    """The next one takes the first one's place, with its own reason; each climbs for itself."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"), ("c-3", "620702", "02"))
    found.cases["c-2"]["tier"] = "orange"
    sent, away = sent_without(found, "c-1")
    letter = found.letters[sent]
    assert cases_of(letter) == drafted_cases(letter) == ["c-2", "c-3"]
    assert (letter["reason"], letter["content"]["tier"]) == ("升为橙色", "orange")
    assert found.night() == []
    found.cases["c-1"] = away
    (anew,) = found.night()
    assert (anew["case_id"], anew["kind"]) == ("c-1", "提示函")
    assert "不在评分范围内" in anew["reason"]
    found.step(anew["letter_id"], "withdrawn")
    assert found.night() == []
    assert sorted(row["case_id"] for row in found.night(30)) == ["c-2", "c-3"]


def test_a_case_left_out_is_the_one_that_it_was_merged_into():
    """What is left was drafted for the parts of what stands, and is theirs again when they part."""
    letter = {
        "case_id": "c-1", "drafted_for": "c-1", "reason": "1",
        "content": {"tier": "red", "others": [{"case_id": "c-3", "reason": "2"}],
                    "drafted_others": [{"case_id": name, "reason": "2", **dict.fromkeys(KEPT, name)}
                                       for name in ("c-2", "c-3", "c-4")]},
    }  # fmt: skip
    merged = {"c-2": "c-1", "c-4": "c-3"}
    left = less(letter, {"c-1"}, merged)
    assert (cases_of(left), drafted_cases(left)) == (["c-3"], ["c-3", "c-4"])
    assert left["content"]["left_out"] == ["c-1"]
    assert left["content"]["tier"] == "c-3"


def test_a_letter_whose_first_case_is_left_out_counts_with_the_county_of_the_next():
    """One that an older version drafted counts with that of its case."""
    found = office(("c-1", "620702", "02"), ("c-2", "620721", "02"))
    found.settings = BUNDLED.model_copy(update={"county_unit": "市信访局"})
    (letter,) = found.night()
    left = less(letter, {"c-1"}, {})
    assert (left["content"]["county_code"], left["content"]["county_name"]) == (
        "620721",
        SETTINGS.counties["620721"],
    )
    (other,) = letter["content"]["others"]
    older = {name: other[name] for name in other if not name.startswith("county_")}
    left = less({**letter, "content": {**letter["content"], "others": [older]}}, {"c-1"}, {})
    assert not left["content"].keys() & {"county_code", "county_name"}


def test_a_late_letter_is_replaced_though_one_of_its_cases_is_away():
    """Those that stand have another; the one that is back gets its own, and only that one."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    letter = found.night()[0]
    found.send(letter["letter_id"])
    away = found.cases.pop("c-1")
    (higher,) = found.night(30)
    found.send(higher["letter_id"])
    for to in ("replied", "accepted"):
        found.step(higher["letter_id"], to)
    assert found.night() == []
    assert found.letters[letter["letter_id"]]["status"] == "superseded"
    assert found.night() == []
    found.cases["c-1"] = away
    assert [(row["case_id"], row["kind"]) for row in found.night()] == [("c-1", "提示函")]
    assert found.night() == []


def test_a_late_letter_is_not_drawn_anew_for_cases_that_were_there():
    """It gave way to a higher one that each of its cases had, and none was away."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))

    def everybody(tier: str) -> None:
        for case_id in found.cases:
            found.case(case_id, tier)

    def answered(letter_id: str) -> None:
        for to in ("replied", "accepted"):
            found.step(letter_id, to)

    everybody("orange")
    first = found.night()
    for letter in first:
        found.send(letter["letter_id"])
    for letter in found.night(30):
        found.send(letter["letter_id"])
        answered(letter["letter_id"])
    found.night()
    everybody("none")
    found.night(30)
    everybody("yellow")
    (late,) = found.night()
    found.send(late["letter_id"])
    everybody("none")
    for letter in found.night(30):
        found.send(letter["letter_id"])
    found.night()
    assert found.letters[late["letter_id"]]["status"] == "superseded"
    everybody("blue")
    assert found.night() == []


def test_the_document_tells_every_case_and_is_numbered_once(tmp_path, capsys):
    """Through the product: two quarrels of one county, one letter, one number."""
    names = (("周启明", "赵守成"), ("鲁秉坤", "钱万里"))
    records, parties = [], []
    for case, (one, other) in enumerate(names):
        for number in range(4):
            day = pd.Timestamp("2025-03-01") + pd.Timedelta(days=7 * number + case)
            key = f"{case}-{number}"
            records.append(
                {"record_id": key, "channel": "110", "reported_at": str(day),
                 "category": "邻里纠纷", "county_code": "620702", "outcome": "未达成协议",
                 "address": f"甘州区大满镇{'大满村' if case else '新庙村'}三社{case + 4}号",
                 "narrative": f"{one}与{other}因宅基地争吵"}
            )  # fmt: skip
            parties += [{"record_id": key, "channel": "110", "party_no": place, "name": name,
                         "role": "当事人"} for place, name in enumerate((one, other), 1)]  # fmt: skip
    url, plain = f"sqlite:///{tmp_path / 'w.db'}", load_settings()
    every = tuple(kind.name for kind in plain.escalation.letters)
    settings = replace(plain, escalation=plain.escalation.model_copy(update={"bundle": every}))
    warning.load(url, pd.DataFrame(records), pd.DataFrame(parties))
    night = warning.run_nightly(url, settings, as_of="2025-03-31")
    matters = [row for row in night.letters.to_dict("records") if len(cases_of(row)) > 1]
    assert len(matters) == 1
    with Store.open(url) as store:
        take_step(store, settings, matters[0]["letter_id"], "approved", "李", "",
                  pd.Timestamp("2025-04-01 09:00"))  # fmt: skip
        document = store.document(matters[0]["document"]) or b""
        take_step(store, settings, matters[0]["letter_id"], "issued", "李", "",
                  pd.Timestamp("2025-04-02 09:00"))  # fmt: skip
        assert {*handled_cases(store)["case_id"]} == {*cases_of(matters[0])}
        book = load_workbook(io.BytesIO(ledger_workbook(store, settings)))
    assert run(["letters", "show", matters[0]["letter_id"], "--store", url]) == 0
    assert run(["letters", "list", "--store", url]) == 0
    shown = capsys.readouterr().out
    assert ", ".join(cases_of(matters[0])) in shown
    assert f"{matters[0]['case_id']} and {len(cases_of(matters[0])) - 1} more" in shown
    # The ledger is Chinese in either language.
    kept = {cell.value for row in book["函件"] for cell in row}
    assert f"{matters[0]['case_id']} 等 {len(cases_of(matters[0]))} 个" in kept
    text = text_of(document)
    for piece in (
        *cases_of(matters[0]),
        f"{len(cases_of(matters[0]))}起矛盾",
        "1. 编号",
        "2. 编号",
        "〔2025〕1号",
    ):
        assert piece in text, piece


def test_two_sent_bundles_that_share_a_case_after_a_merge_become_one():
    """The younger is replaced, with its reason, and its other case gets its letter again."""
    found = office(("c-1", "620702", "02"), ("c-2", "620702", "02"))
    older = found.night()[0]
    found.send(older["letter_id"])
    for case_id in ("c-3", "c-4"):
        found.case(case_id, "yellow")
        found.cases[case_id]["category"] = "02"
    younger = found.night()[0]
    found.send(younger["letter_id"])
    found.merge("c-3", "c-2")
    assert [cases_of(row) for row in found.night()] == [["c-4"]]
    assert found.letters[younger["letter_id"]]["status"] == "superseded"
    assert found.letters[older["letter_id"]]["status"] == "received"
    assert found.transitions[-1]["reason"] == "系列合并，同类函件并为一件"
    kinds = found.open_kinds()
    assert len(set(kinds)) == len(kinds)
    assert found.night() == []


def test_events_name_every_case_of_a_letter():
    """One event a case, in order, each with all the cases."""
    letter = office(("c-1", "620702", "02"), ("c-2", "620702", "02")).night()[0]
    found = of_letter(letter, {"to_status": "draft", "at": letter["drafted_at"]})
    assert [event["case_id"] for event in found] == ["c-1", "c-2"]
    assert all(event["content"]["case_ids"] == ["c-1", "c-2"] for event in found)


HOME, PLACE = "大满镇朝元村2社5号", "乌江镇平原村4社7号"
WRONG = ("党寨镇廿里堡村2社3号", "碱滩镇草湖村5社1号", "长安镇五座桥村1社8号", PLACE)


def reports(place: Sequence[str], at: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four quarrels of two people at home, and four of others, told of these addresses."""
    records, parties = [], []
    for number, day in enumerate(("09-20", "09-28", "10-05", "10-15")):
        for address, names in ((HOME, "王李"), (place[number], "马罗高林胡何朱郭"[2 * number :])):
            key = {"record_id": f"{names} {number}", "channel": "110"}
            records.append(
                key | {"reported_at": at or f"2025-{day} 10:00", "category": "邻里纠纷",
                       "narrative": f"双方因地界发生争吵{at}", "county_code": "620702",
                       "outcome": "未达成协议", "address": address}
            )  # fmt: skip
            parties += [key | {"party_no": number, "role": "当事人", "name": f"{name}春生"}
                        for number, name in enumerate(names[:2], 1)]  # fmt: skip
    return pd.DataFrame(records), pd.DataFrame(parties)


def test_a_series_away_for_a_night_is_no_rise_and_its_letter_goes_without_it(tmp_path):
    """Through the product: a place whose reports have a wrong address when the letter is signed."""
    plain = load_settings()
    escalation = plain.escalation.model_copy(update={"bundle": ("提示函",)})
    settings, nights = replace(plain, escalation=escalation), []
    url = f"sqlite:///{tmp_path / 'w.db'}"
    with Store.open(url) as store:
        for day, place, at in ((20, [PLACE] * 4, ""), (21, WRONG, "2025-10-20 12:00"),
                               (22, [PLACE] * 4, "2025-10-21 12:00")):  # fmt: skip
            warning.load(url, *reports(place, at))
            nights.append(warning.run_nightly(store, settings, f"2025-10-{day} 02:00"))
            if day == 21:
                (away,) = {*nights[0].warnings["case_id"]} - {*nights[1].warnings["case_id"]}
                (letter,) = (row for row in rows_of(nights[0].letters) if away in cases_of(row))
                signed = take_step(store, settings, letter["letter_id"], "approved", "李", "同意",
                                   pd.Timestamp("2025-10-21 09:00"))  # fmt: skip
                document = text_of(store.document(letter["document"]) or b"")
        told = store.table("transitions")["reason"].tolist()
    left = [case_id for case_id in cases_of(letter) if case_id != away]
    assert left
    assert cases_of(signed) == left
    assert [case_id in document for case_id in (*left, away)] == [True] * len(left) + [False]
    assert told == [f"同意；已不在评分范围内，未载入本函：{away}"]
    back = nights[2].warnings.set_index("case_id").loc[away]
    assert back["tier"] == back["previous_tier"] != "none"
    assert back["tier_since"] == pd.Timestamp("2025-10-22 02:00")  # the days away do not count
    (anew,) = rows_of(nights[2].letters)
    assert (cases_of(anew), anew["kind"]) == ([away], "提示函")
