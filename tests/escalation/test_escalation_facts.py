"""What a document says of its case in a sentence: how often, since when, whom and what about."""

import io
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

import warning
from tests.escalation.office import Office
from tests.escalation.test_escalation_bundles import text_of
from warning import case_files
from warning.case_names import distinct_people, subjects_of
from warning.drafting import draft
from warning.escalation.case_file import facts
from warning.escalation.documents import letter_document, task_force_document
from warning.escalation.rules import LETTERS, TASK_FORCES, TRANSITIONS, Ledger
from warning.nightly import build_history
from warning.reading import from_frames
from warning.settings import load_settings
from warning.tabular import rows_of

FLED, FIRM = "110101199001011237", "张掖市宏远建筑工程有限公司"
#: How the records' ids begin → category, narrative, address, people (role, name, ID number, body);
#: of several names each record has its own. W1's firm stands where people's names do.
REPORTS = {
    "X": ("邻里纠纷", "李建国与邻居赵大勇因噪音争吵。", "高台县城关镇锦绣花园3号楼2单元501室",
          ("报警人", "李建国", "110101197001011233", None),
          ("对方当事人", "赵大勇", "110101197101011239", None)),
    "W": ("讨薪", "民工反映拖欠工资。", None, ("诉求人", "王志平 王刚平 王强平 王伟平", None, None),
          ("被投诉单位", f"- {FIRM} -", None, f"{FIRM} - {FIRM}（甲方）"), ("民警", "高为民", None, "派出所")),
    "S": ("消费纠纷", "反映拒绝退款。", None, ("诉求人", "蒋文明", "110101198001011239", None),
          ("被投诉单位", None, None, "高台县吕振国理发店")),
    "K": ("消费纠纷", "反映乱收费。", None, ("诉求人", "韩文杰", "110101198101011238", None),
          ("当事人", "韩小雨", "629900201503051238", None),
          ("被投诉单位", None, None, "甘州区育才幼儿园")),
    "C": ("消费纠纷", "家长称其女儿被该校老师体罚。", None, ("诉求人", "马秀莲", "110101198201011237", None),
          ("被投诉单位", None, None, "高台县小天使托管中心 高台县第一中学 高台县特教中心 高台县早教乐园")),
    "V": ("家庭暴力", "秦凤琴称被丈夫任睿泽殴打。", "甘州区东街街道青年社区8号楼1单元302",
          ("报警人", "秦凤琴", FLED, None), ("当事人", "任睿泽", "110101198801011235", None)),
    "F": ("物业纠纷", "秦凤琴与物业争吵。", "高台县宣化镇翠湖名邸7号楼3单元909室",
          ("报警人", "秦凤琴", FLED, None), ("被投诉单位", None, None, "高台县翠湖物业有限公司")),
    "P": ("信访件", "反映占地。", "山丹县清泉镇金泉小区1号楼404室",
          ("信访人", "鲁秉坤", "110101197501011233", None),
          ("被投诉单位", None, None, "山丹县鑫源商贸有限公司")),
}  # fmt: skip
#: Where records were reported, beside where their address lies.
COUNTIES = {"F3": "620722", "W0": "620724", "W3": "620722"}


@pytest.fixture(scope="module")
def city():
    """What a night knows of these reports: records, parties, links, history, warnings, settings."""
    records, parties, settings = [], [], load_settings()
    for name, (category, text, address, *people) in REPORTS.items():
        for number in range(4):
            key = {"record_id": f"{name}{number}", "channel": "110"}
            records.append(key | {"category": category, "narrative": text, "address": address,
                                  "county_code": COUNTIES.get(f"{name}{number}"),
                                  "reported_at": f"2025-03-{number * 5 + 1:02d} 10:00:00"})  # fmt: skip
            parties += [key | {"party_no": str(place), "role": role, "id_number": number_,
                               "name": person and person.split()[number % len(person.split())],
                               "organisation": body and body.split()[number % len(body.split())]}
                        for place, (role, person, number_, body) in enumerate(people, 1)]  # fmt: skip
    frames = pd.DataFrame(records), pd.DataFrame(parties)
    links = warning.link(*frames, settings)
    tables = from_frames(*frames, settings.channels)
    history = build_history(tables.records, links, settings)
    warned = links.cases[["case_id"]].assign(
        tier="red", probability=0.5, reasons="", previous_tier="none", severity=1,
        tier_since=pd.Timestamp("2025-04-01"),
    )  # fmt: skip
    return tables.records, tables.parties, links, history, warned, settings


@pytest.fixture(scope="module")
def told(city):
    """What documents tell of the case of a kind that a record belongs to."""
    links = city[2]
    cases = links.case_incidents[["case_id", "incident_id"]].merge(
        links.incident_links, on="incident_id"
    )
    cases = cases.merge(links.cases[["case_id", "kind"]], on="case_id")

    def of(record, kind):
        mine = cases.loc[(cases["record_id"] == record) & (cases["kind"] == kind), "case_id"]
        return case_files.case_files(set(mine), *city)[mine.iloc[0]]

    return of


def drafted(*known):
    """What a night drafts of what is known, where nothing was drafted before."""
    ledger = Ledger(*(pd.DataFrame(columns=names) for names in (LETTERS, TRANSITIONS, TASK_FORCES)))
    return draft(ledger, *known, pd.Timestamp("2025-04-02"), documents=False)


def test_reports_that_the_timeline_leaves_out_are_counted(told, monkeypatch):
    """Their number and the first day are of all; where rows are left out it says so."""
    whole = facts(told("X0", "matter"), "附件1")
    assert whole.endswith("自2025年3月1日至2025年3月16日，各渠道共报告4次。")
    monkeypatch.setattr(case_files, "MOST_ROWS", 3)
    assert facts(told("X0", "matter"), "附件1") == whole + "附件1载最近3次。"


@pytest.mark.parametrize(
    ("record", "kind", "about"),
    [
        ("W0", "organisation", (FIRM,)),
        ("W0", "matter", (FIRM,)),
        ("X0", "place", ("城关镇锦绣花园",)),
        ("X0", "matter", ()),
        ("X0", "person", ()),
        ("S0", "organisation", ()),  # may be its owner's name
        ("K0", "organisation", ()),  # a child's school
        ("C0", "matter", ()),  # of one whom no row tells
        ("V0", "place", ()),
        ("F0", "place", ()),  # where the victim lives now
        ("F0", "organisation", ()),
        ("P0", "place", ()),  # petitions
        ("P0", "organisation", ()),
    ],
)
def test_a_document_names_its_organisation_or_compound_and_tells_nobody_by_it(
    told, record, kind, about
):
    """Of the accused side, and no door; nothing that a person, refuge or petition is told by."""
    assert told(record, kind).about == about


@pytest.mark.parametrize("given", [False, True])
def test_a_plan_asks_for_a_written_warning_where_no_record_tells_of_one(city, told, given):
    """Else for visits to those who got it; it stands in no plan as what the police left out."""
    *rows, history, warned, settings = city
    history = replace(history, records=history.records.assign(warned=given))
    case_id = told("V0", "matter").case_id
    file = case_files.case_files({case_id}, *rows, history, warned, settings)[case_id]
    office = Office()
    office.case("c-1", "red")
    office.cases["c-1"]["category"] = "0101"
    office.night()
    plan = text_of(task_force_document(office.task_forces[0], file))
    assert file.is_warned == given
    assert [one in plan for one in ("依法出具告诫书", "查访告诫书执行情况", "疏漏")] == [
        not given, given, False]  # fmt: skip


def test_a_child_of_whom_only_a_text_tells_calls_for_the_mandatory_report(told):
    """Neither a row nor a name is needed."""
    assert told("C0", "matter").has_child
    assert not told("S0", "matter").has_child


def test_no_county_of_a_victim_s_other_case_is_told_and_none_gets_a_copy(told, city):
    """Her quarrel with a landlord may have been reported where she lives now."""
    letters = rows_of(drafted(*city).letters)
    copies = {row["case_id"]: row["content"]["copies"] for row in letters}
    landlord, firm = told("F0", "matter"), told("W0", "organisation")
    assert landlord.counties == ()
    assert copies[landlord.case_id] == []
    assert firm.counties == ("民乐县", "高台县")
    assert len(copies[firm.case_id]) == 1


def test_the_county_of_a_find_calls_for_no_task_force(told, city):
    """Three calls in one county and a patrol's find in another are of one county."""
    case_id, history = told("W0", "organisation").case_id, city[3]
    found = history.records["record_id"] == "W3"
    patrolled = replace(history, records=history.records.assign(is_discovered=found))
    for known, reason in ((history, "等级为红色；涉及2个县区"), (patrolled, "等级为红色")):
        forces = drafted(*city[:3], known, *city[4:]).task_forces.set_index("case_id")
        assert forces.loc[case_id, "reason"] == reason


def test_people_of_one_mask_are_counted(told):
    """Four workers of one surname are four; an officer or neighbour of every report is one."""
    text = facts(told("W0", "organisation"), "附件1")
    assert f"所涉单位{FIRM}，涉及王某某（4人）、高某某。" in text
    assert "地点城关镇锦绣花园，涉及李某某、赵某某。" in facts(told("X0", "place"), "附件1")


def test_whom_texts_alone_name_is_one_in_all_reports():
    """A child whom linking took for another in each; not masks, nor two of one name with rows."""
    keys = [{"channel": "110", "record_id": f"A{number}"} for number in range(3)]
    rows = pd.DataFrame([{"case_id": "c-1", **key} for key in keys])
    parties = pd.DataFrame(
        [{**key, "party_no": "1", "role": "报警人", "name": name}
         for key, name in zip(keys, ("王伟", "王伟", "邢玉梅"), strict=True)]
    )  # fmt: skip
    links = parties.assign(entity_id=["p-1", "p-2", "p-3"])[[*keys[0], "party_no", "entity_id"]]
    mentions = pd.DataFrame(
        [{**key, "kind": "person", "text": text, "entity_id": f"p-{text}-{number}"}
         for number, key in enumerate(keys) for text in ("邢子豪", "李女士", "王伟")]
    )  # fmt: skip
    people = distinct_people(rows, parties, links, mentions, load_settings())
    counts = people.groupby("name")["who"].nunique().to_dict()
    assert counts == {"邢子豪": 1, "李女士": 3, "王伟": 2, "邢玉梅": 1}
    nobody = distinct_people(rows[:0], parties, links, mentions, load_settings())
    assert nobody.empty


def test_a_letter_says_which_matter_its_incidents_are_all_of(told):
    """So that an office does not handle one problem twice; several matters are no one problem."""
    letter = {"content": {}, "kind": "提示函", "recipient": "某委", "sender": "某委", "reason": "升级",
              "status": "draft", "drafted_at": "2025-04-01", "due_on": "2025-04-11"}  # fmt: skip

    def sentence(record, kind):
        parts = zipfile.ZipFile(io.BytesIO(letter_document(letter, told(record, kind))))
        body = parts.read("word/document.xml").decode()
        return (
            body[body.find("所涉事件均属") :].partition("。")[0] if "所涉事件均属" in body else ""
        )

    matter = told("X0", "matter").case_id
    assert sentence("X0", "place") == f"所涉事件均属矛盾 {matter}，请一并办理"
    assert sentence("X0", "person") == sentence("X0", "place")
    assert sentence("X0", "matter") == ""
    assert sentence("W0", "organisation") == ""


def test_a_person_is_named_by_no_word_of_kin():
    """其丈夫 tells a text whom it means, but is nobody's name: the mask 其某某 would stand there."""
    key = {"channel": "110", "record_id": "A1"}
    people = pd.DataFrame([{**key, "case_id": "c-1", "party_no": None, "entity_id": "p-1"}])
    cases = pd.DataFrame([{"case_id": "c-1", "kind": "person", "subject": "p-1"}])
    parties = pd.DataFrame([{**key, "party_no": "1", "name": "李四"}])
    mentions = pd.DataFrame(
        [{**key, "entity_id": "p-1", "text": text, "kind": kind}
         for text, kind in (("其丈夫", "kinship"), ("张三", "person"))]
    )  # fmt: skip
    found = subjects_of(people.astype({"party_no": "str"}), cases, parties, mentions, frozenset())
    assert found == {"c-1": ["张三"]}
