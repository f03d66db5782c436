"""What the law hides stands in no letter and no plan: victims' whereabouts, children, petitioners."""

import io
import time
import zipfile

import pandas as pd
import pytest
from lxml import etree

import warning
from warning.case_files import case_files
from warning.case_masks import CaseMasks
from warning.child_names import called_in
from warning.children import (
    child_rows,
    compared,
    grown_names,
    told_together,
    without,
    without_schools,
    young_names,
)
from warning.commands.matters import case_records
from warning.escalation.case_file import CaseFile
from warning.exporting import Children, children_of, export_tables, masked_people
from warning.keeping.finding import find
from warning.keeping.objecting import object_to
from warning.nightly import build_history, stored_links
from warning.officers.current import current_case_files
from warning.petitions import petitions
from warning.reading import from_frames
from warning.records import RECORD
from warning.reporting import latest_page
from warning.settings import load_settings
from warning.store import Store
from warning.victims import Guarded, appearances, guarded

AS_OF = "2025-04-01 00:00:00"
PUPIL = "629900201103151236"
#: A petition by its channel, by its category, by a role; the others are calls.
CHANNELS = {1: "访调", 3: "12345", 5: "综治中心"}
FLED = "110101199201011231"
#: How the ids of violent records begin.
VIOLENT = ("V", "D")
NOBODY = pd.DataFrame(columns=["channel", "record_id", "name"])
NO_LINKS = pd.DataFrame(
    columns=["channel", "record_id", "party_no", "entity_id", "entity_type", "role"]
)
SHELTER = "甘州区春风庇护所"
REFUGE = "躲在甘州区金安苑3号楼2单元501娘家"


def words(document: bytes) -> str:
    """Every text of a document, headers and footers too."""
    parts = zipfile.ZipFile(io.BytesIO(document))
    found = []
    for name in parts.namelist():
        if name.endswith(".xml"):
            root = etree.fromstring(parts.read(name))
            found += [node.text or "" for node in root.iter("{*}t")]
    return "".join(found)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A night over one couple's violence and other matters: store, documents, its pages."""
    records, parties = [], []
    for number in range(6):
        day = pd.Timestamp("2025-02-20 20:00") + pd.Timedelta(days=6 * number)
        same = {"reported_at": str(day), "county_code": "620702", "outcome": "现场调解"}
        records += [
            {"record_id": f"V{number}", "channel": "110", "category": "家庭暴力",
             "address": "甘州区东街街道青年社区8号楼1单元302",
             "narrative": f"秦凤琴称被丈夫任睿泽殴打，女儿任小禾在场，{REFUGE}，电话13900001234。"}
            | same | ({} if number else {"outcome": f"已护送至{SHELTER}3号楼", "handling_unit": SHELTER,
                                         "village": SHELTER}),
            {"record_id": f"P{number}", "channel": CHANNELS.get(number, "110"),
             "category": "信访件" if number == 3 else "邻里纠纷", "address": "甘州区大满镇大满村三社12号",
             "narrative": "鲁秉坤信访反映村干部偏袒赵守成占地"
             if number % 2 else "周启明与赵守成因宅基地争吵，赵守成持刀威胁，周启明之子周可可、"
             "之女周晓贝（甘州区第一小学三年级2班）在场，扬言打可可"} | same,
        ]  # fmt: skip
        people = [(f"V{number}", "报警人", "秦凤琴", "35", "110101199001011237"),
                  (f"V{number}", "当事人", "任睿泽", "37", "110101198801011235"),
                  (f"V{number}", "当事人", "任小禾", "11", None),
                  (f"P{number}", "当事人", "赵守成", "50", "110101197501011233")]  # fmt: skip
        if number == 0:
            people.append(("V0", "涉及单位", None, None, None))
        # A quarrel whose only child objects before the night.
        records.append(
            {"record_id": f"C{number}", "channel": "110", "category": "邻里纠纷",
             "address": "甘州区党寨镇陈寨村二社9号",
             "narrative": "学生白小舟在民乐三中初二3班就读，放学路上被严立本持刀威胁"} | same
        )  # fmt: skip
        people += [(f"C{number}", "当事人", "白小舟", "14", PUPIL),
                   (f"C{number}", "当事人", "严立本", "52", "110101197301011239")]  # fmt: skip
        # One whose only child has a row without a name.
        records.append(
            {"record_id": f"N{number}", "channel": "110", "category": "邻里纠纷",
             "address": "甘州区乌江镇平原村四社6号",
             "narrative": "其子在张掖二中被打后，雷世昌持刀威胁柴永福，柴永福17岁辍学"} | same
        )  # fmt: skip
        people += [(f"N{number}", "报警人", "柴永福", "44", "110101198101011238"),
                   (f"N{number}", "当事人", None, "9", None),
                   (f"N{number}", "对方当事人", "雷世昌", "51", "11010119740101123X")]  # fmt: skip
        # Quarrels of the victim with the landlord of where she fled to, and with a neighbour.
        records += [
            {"record_id": f"F{number}", "channel": "110", "category": "物业纠纷",
             "address": "高台县宣化镇翠湖名邸7号楼3单元909",
             "narrative": "秦凤琴反映其新租住的翠湖名邸7号楼909被房东毕成功换锁，毕成功持刀威胁"
             if number else "毕成功称翠湖名邸7号楼租客秦凤琴拖欠房租"}
            | same | {"county_code": "620724"},
            {"record_id": f"K{number}", "channel": "110", "category": "邻里纠纷",
             "address": "山丹县清泉镇金泉小区1号楼404",
             "narrative": "秦凤琴与邻居苗振国2024年起在金泉小区404门口争吵，3人在场，索赔500元，"
             "苗振国持刀威胁"} | same | {"county_code": "620725"},
        ]  # fmt: skip
        for key, other in (("F", "毕成功"), ("K", "苗振国")):
            people += [(f"{key}{number}", "报警人", "秦凤琴", "35", "110101199001011237"),
                       (f"{key}{number}", "对方当事人", other, "45", None)]  # fmt: skip
        # A victim who objects before the night, and her new landlord.
        records += [
            {"record_id": f"L{number}", "channel": "110", "category": "物业纠纷",
             "address": "临泽县沙河镇云锦苑5号楼808",
             "narrative": "赵素素新租云锦苑5号楼808室，与房东申志强争吵，申志强持刀威胁"}
            | same | {"county_code": "620723"}
        ] + [
            {"record_id": "D0", "channel": "110", "category": "家庭暴力",
             "narrative": "赵素素称被丈夫殴打"} | same
        ] * (number == 0)  # fmt: skip
        people += [(key, "报警人", "赵素素", "33", FLED)
                   for key in (f"L{number}", *["D0"] * (number == 0))]  # fmt: skip
        people.append((f"L{number}", "对方当事人", "申志强", "47", "110101197801011232"))
        # A door of one man's petitions and wage claims; elsewhere he quarrels.
        records.append({"record_id": f"Q{number}", "channel": "12345" if number % 2 else "访调",
                        "category": "讨薪" if number % 2 else "信访", "narrative": "左长林反映欠薪",
                        "address": "民乐县洪水镇城东村七社39号"} | same | {"county_code": "620722"})  # fmt: skip
        people.append((f"Q{number}", "当事人", "左长林", "58", "110101196701011234"))
        if number % 3 == 0:
            records.append({"record_id": f"R{number}", "channel": "110", "category": "邻里纠纷",
                            "narrative": "左长林与殷守信争吵", "address": f"民乐县六坝镇{number}社"}
                           | same | {"county_code": "620722"})  # fmt: skip
            people += [(f"R{number}", "当事人", "左长林", "58", "110101196701011234"),
                       (f"R{number}", "报警人", "殷守信", "60", None)]  # fmt: skip
        who = "鲁秉坤" if number % 2 else "周启明"
        people.append((f"P{number}", "上访人" if number == 5 else "申请人", who, "61", None))
        if number % 2 == 0:
            people += [(f"P{number}", "当事人", "周可可（学生）", "11岁", None),
                       (f"P{number}", "当事人", "周 晓贝" if number < 4 else "周晓贝", None,
                        "６２９９００ 20150305 1238" if number < 4 else None)]  # fmt: skip
        parties += [
            {"record_id": record,
             "channel": {"P": CHANNELS.get(number, "110"),
                         "Q": "12345" if number % 2 else "访调"}.get(record[0], "110"),
             "party_no": place, "role": role, "name": name, "age": age, "id_number": number_,
             "organisation": SHELTER if role == "涉及单位" else None,
             "address": "高台县宣化镇翠湖名邸" if record == "V0" else None}
            for place, (record, role, name, age, number_) in enumerate(people, 1)
        ]  # fmt: skip
    url = f"sqlite:///{tmp_path_factory.mktemp('withheld') / 'w.db'}"
    warning.load(url, pd.DataFrame(records), pd.DataFrame(parties))
    with Store.open(url) as store:
        pupil = find(store, id_number=PUPIL)
        object_to(store, pupil, "张警官", "监护人申请", pd.Timestamp("2025-03-01"))
        fled = find(store, id_number=FLED)
        object_to(store, fled, "张警官", "本人申请", pd.Timestamp("2025-03-01"))
    night = warning.run_nightly(url, as_of=AS_OF)
    with Store.open(url) as store:
        names = [*night.letters["document"], *night.task_forces["document"]]
        kinds = store.table("cases").set_index("case_id")["category"]
        cases = [*night.letters["case_id"], *night.task_forces["case_id"]]
        found = [(str(kinds[case]), words(store.document(name) or b""))
                 for case, name in zip(cases, names, strict=True)]  # fmt: skip
        page = latest_page(store, load_settings())
        open_page = latest_page(store, load_settings(), unmasked=True)
    assert {category for category, _ in found} >= {"0101"}
    return url, (found, page, open_page)


def files_of(url: str, key: str) -> dict[str, CaseFile]:
    """Kind → what documents tell of the largest scored case of the records whose id begins so."""
    with Store.open(url) as store:
        members = store.table("case_incidents").merge(
            store.table("incident_links")[["record_id", "incident_id"]]
        )
        own = members.loc[members["record_id"].str.startswith(key), "case_id"]
        cases = store.table("cases").merge(store.last_warnings()[["case_id"]])
        cases = cases[cases["case_id"].isin(own)].sort_values("incident_count")
        files = current_case_files(store, load_settings(), list(cases["case_id"]))
    return {one.kind: one for one in files}


@pytest.fixture(scope="module")
def night(written):
    """Documents with their categories, the page, the unmasked page."""
    return written[1]


@pytest.fixture(scope="module")
def documents(night):
    """Category and text of each letter and plan of that night."""
    return night[0]


def test_the_page_of_a_night_does_not_tell_where_a_victim_is(night):
    """No narrative of a violent case stands on it, unless it is unmasked."""
    _, page, open_page = night
    for secret in ("金安苑", "娘家", "被丈夫"):
        assert secret not in page
    assert "domestic violence: not shown" in page
    assert REFUGE in open_page


def test_a_child_is_nobody_on_the_page_of_a_night(night):
    """Neither surname nor school, however name and number are written."""
    _, page, open_page = night
    assert "任某某, a minor" in page
    for secret in ("可可", "晓贝", "第一小学", "三年级", "2班"):
        assert secret not in page
    assert "周可可（学生）" in open_page
    assert "第一小学三年级2班" in open_page


def test_a_victim_s_whereabouts_stand_in_no_document(documents):
    """Neither address nor refuge nor phone; the dates and channels do."""
    violent = [text for category, text in documents if category == "0101"]
    for text in violent:
        for secret in ("金安苑", "娘家", "青年社区", "8号楼", "302", "13900001234", "110101"):
            assert secret not in text
        assert "不得泄露受害人住址" in text or "安全计划" in text
        assert "2025-02-20" in text


def test_another_case_of_a_victim_does_not_tell_where_she_fled(night):
    """One of its narratives tells a new home: none is told; the dates and channels are."""
    found, page, open_page = night
    fled = [text for _, text in found if "秦某某" in text and "（经过不载入文书）" in text]
    assert fled
    for text in fled:
        assert "2025-02-20" in text
    for text in (*(text for _, text in found), page):
        for secret in ("翠湖", "楼909", "新租"):
            assert secret not in text
    assert "narrative not shown" in page
    assert "翠湖名邸7号楼909" in open_page


def test_a_victim_who_objects_is_protected_as_before(night):
    """The night does not see her row; the landlord of where she fled to is in letters all the same."""
    found, page, open_page = night
    assert any("申某某" in text for _, text in found)
    for text in (*(text for _, text in found), page):
        assert "云锦苑" not in text
    assert "云锦苑5号楼808" in open_page


def test_another_case_of_a_victim_tells_the_matter_without_the_door(night):
    """The compound, counts and amounts stay, so that a unit can act; no figure that may be a door."""
    found, page, open_page = night
    told = "秦某某与邻居苗某某2024年起在金泉小区*门口争吵，3人在场，索赔500元，苗某某持刀威胁"
    mine = [text for _, text in found if "苗某某" in text]
    assert mine
    for text in (*mine, page):
        assert told in text
        assert "404门" not in text
    assert "金泉小区404门口" in open_page


def test_an_officer_s_step_leaves_out_what_the_night_left_out(written):
    """It reads the case's rows alone, and the violence stands in others."""
    settings = load_settings()
    with Store.open(written[0]) as store:
        as_of = store.last_night()
        links, warnings = stored_links(store), store.warnings_at(as_of)
        ids = sorted(warnings["case_id"])
        history = build_history(store.known(as_of)[0], links, settings)
        whole = case_files(set(ids), *store.known(as_of), links, history, warnings, settings,
                           objectors=store.withheld(as_of))  # fmt: skip
        for case_id in ids:
            assert current_case_files(store, settings, [case_id]) == [whole[case_id]]
    told = "".join(row[3] for one in whole.values() for row in one.timeline)
    assert "（经过不载入文书）" in told


def test_a_person_s_documents_do_not_tell_their_complaints(written):
    """Neither rows, count, kind nor reasons tell them, which the night counted for nothing."""
    person = files_of(written[0], "Q")["person"]
    assert [row[1:3] for row in person.timeline] == [("110", "邻里")] * 2
    assert (person.category_name, person.parties) == ("邻里", ("左某某", "殷某某"))
    with Store.open(written[0]) as store:
        reasons = store.warnings_of(person.case_id)["reasons"].iloc[-1]
    assert reasons.replace("（另有投诉、信访等 6 次，不计）", "") == person.reasons != reasons


def test_a_person_s_documents_say_whose_series_it_is(written):
    """A child is 未成年人; who may be the victim of violence, or has no name, is not pointed out."""
    settings = load_settings()
    with Store.open(written[0]) as store:
        cases = store.table("cases").merge(store.last_warnings()[["case_id"]])
        people = cases.loc[cases["kind"] == "person", "case_id"]
        files = current_case_files(store, settings, list(people))
    assert {one.subject for one in files if one.is_domestic_violence} == {""}
    told = {one.subject for one in files if not one.is_domestic_violence}
    others = {"毕某某", "苗某某", "申某某", "严某某", "雷某某"}
    assert told == {"左某某", "赵某某", "未成年人", *others, ""}


def test_a_petitioner_whom_nobody_stands_beside_is_not_named(written):
    """Also not in the text of a complaint that tells the name."""
    place = files_of(written[0], "Q")["place"]
    assert place.parties == ()
    assert {row[3] for row in place.timeline} == {"（信访事项，内容不载入文书）", "当事人反映欠薪"}


def test_documents_of_a_case_with_a_child_ask_for_the_mandatory_report(documents):
    """Letters and plans, once each, also where the child has no name; no others do."""
    asked = [text.count("依法落实强制报告，由专人办理") for _, text in documents]
    assert set(asked) == {0, 1}
    told = [(text, count) for (_, text), count in zip(documents, asked, strict=True)]
    for who, count in (("任某某、未成年人", 1), ("雷某某", 1), ("苗某某", 0)):
        mine = [times for text, times in told if who in text]
        assert mine
        assert set(mine) == {count}
    assert any("工作专班方案" in text and count for text, count in told)


def test_a_case_of_violence_shows_outcomes_by_their_codes(written):
    """They may name a shelter, in ``cases``, ``explain`` and on the case's page; others are told."""
    settings = load_settings()
    with Store.open(written[0]) as store:
        cases = store.table("cases")
        shown = {
            category: case_records(store, case_id, settings).set_index("record_id")["outcome"]
            for case_id, category, kind in cases[["case_id", "category", "kind"]].to_numpy()
            if kind == "matter"
        }
    assert shown["0101"]["V0"] == "(domestic violence: not shown)"
    assert shown["0101"]["V1"] == "mediated"
    assert shown["02"].iloc[0] == "现场调解"


def test_a_child_is_nobody_in_what_officers_wrote(written):
    """Neither by name nor by a nickname that the officer alone tells, and without a school."""
    with Store.open(written[0]) as store:
        members = store.table("case_incidents").merge(store.table("incident_links"))
        case_id = members.loc[members["record_id"] == "P0", "case_id"].iloc[0]
        masks = CaseMasks(store, [case_id])
        text = "带周晓贝（小名豆豆）到甘州区第一小学三年级2班见赵守成，可可复课"
        told = masks.text(text, case_id)
        later = masks.text("晓贝家长与赵守成谈妥", case_id)
    assert told == "带未成年人（未成年人）到某校见赵某某，未成年人复课"
    assert later == "未成年人家长与赵某某谈妥"


def test_a_masked_export_does_not_tell_a_shelter_or_a_new_home(written, tmp_path):
    """Neither by place, unit, outcome nor a party's address; other records keep theirs."""
    with Store.open(written[0]) as store:
        export_tables(store, tmp_path / "masked", "csv", people=True)
        export_tables(store, tmp_path / "open", "csv", people=True, unmasked=True)
    masked, unmasked = (
        {name: pd.read_csv(tmp_path / kind / f"{name}.csv") for name in ("records", "parties")}
        for kind in ("masked", "open")
    )
    for name, frame in masked.items():
        violent = frame["record_id"].str.startswith(VIOLENT)
        assert list(frame) == list(unmasked[name])
        assert "春风" not in frame.to_csv()
        assert "春风" in unmasked[name].to_csv()
        assert frame.loc[violent, "address"].isna().all()
    assert unmasked["parties"]["address"].notna().any()
    others = masked["records"][~masked["records"]["record_id"].str.startswith(VIOLENT)]
    assert others[["address", "outcome"]].notna().all(axis=None)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_masked_export_does_not_tell_a_child(written, tmp_path, kind):
    """By age, by ID number, without a name, and without either beside a row of the same case."""
    with Store.open(written[0]) as store:
        export_tables(store, tmp_path / "masked", kind, people=True)
        export_tables(store, tmp_path / "open", kind, people=True, unmasked=True)
    read = pd.read_csv if kind == "csv" else pd.read_parquet
    shown, known = (read(tmp_path / name / f"parties.{kind}") for name in ("masked", "open"))
    young = known["name"].str.contains("任小禾|周可可|晓贝", na=False) | known["age"].eq(9).fillna(
        value=False
    )
    assert young.sum() == 18
    assert known.loc[young, "id_number"].notna().any()
    assert shown["name"].eq("未成年人").tolist() == young.tolist()
    left_out = ["id_number", "phone", "address", "organisation", "age"]
    assert shown.loc[young, left_out].isna().all(axis=None)
    assert shown.loc[~young, "id_number"].notna().any()


def test_a_child_s_school_and_name_stand_in_no_text_of_a_masked_record():
    """Of its own records and those of its cases; in others a school stays."""
    told = "第九小学门口，韩小雨在场"
    records = pd.DataFrame(
        [{"record_id": key, "channel": "110", "reported_at": "2025-02-01 10:00:00",
          "address": told, "outcome": told} for key in ("A1", "A2", "A3")]
    )  # fmt: skip
    parties = pd.DataFrame(
        [{"record_id": "A1", "party_no": "1", "name": "韩小雨", "age": "8", "organisation": told}]
    )
    tables = from_frames(records, parties, load_settings().channels, clock=pd.Timestamp(AS_OF))
    own = child_rows(tables.parties, tables.records)
    young = tables.parties.loc[own, ["channel", "record_id", "name"]]
    cases = pd.DataFrame({"case_id": "c", "channel": "110", "record_id": ["A1", "A2"]})
    children = Children(own, told_together(young.rename(columns={"name": "child"}), cases))
    shown, _ = masked_people(
        tables.records, tables.parties, young, tables.records.iloc[:0], children
    )
    assert shown["outcome"].tolist() == ["某校门口，未成年人在场"] * 2 + [
        "第九小学门口，韩某某在场"
    ]
    assert "第九" not in "".join(shown["address"][:2])


def test_a_child_whom_only_a_narrative_tells_is_one_in_a_masked_export(empty_url):
    """As on pages; also of a record that stands in no case yet."""
    records = pd.DataFrame(
        [{"record_id": "A1", "channel": "110", "reported_at": "2025-01-01 10:00:00",
          "narrative": "温国梁称8岁女儿温小丽被打，初中生张某某在场", "outcome": "已送温小丽回家"}]
    )  # fmt: skip
    parties = pd.DataFrame(
        [{"record_id": "A1", "party_no": str(number), "name": name, "phone": "13800138000"}
         for number, name in enumerate(("温国梁", "温小丽", "张某某"), 1)]
    )  # fmt: skip
    tables = from_frames(records, parties, load_settings().channels, clock=pd.Timestamp(AS_OF))
    named = tables.parties[[*RECORD, "name"]]
    with Store.open(empty_url) as store:
        children = children_of(
            store, tables.records, tables.parties, NOBODY.assign(child=False), named
        )
    shown, people = masked_people(
        tables.records, tables.parties, named, tables.records.iloc[:0], children
    )
    assert people["name"].tolist() == ["温某某", "未成年人", "未成年人"]
    assert people["phone"].isna().tolist() == [False, True, True]
    assert shown["outcome"].tolist() == ["已送未成年人回家"]


def test_a_victim_is_whoever_violence_names_but_the_accused():
    """By a row or in the text alone; not who answers, saw or handled it, and not without violence."""
    people = {"a": "报警人", "b": "对方当事人", "c": "证人", "d": None}
    links = pd.DataFrame(
        [{"record_id": key, "party_no": "1", "entity_id": f"p-{key}"} for key in people]
        + [{"record_id": "V", "party_no": key, "entity_id": f"p-{key}"} for key in people if key != "d"]
    ).assign(channel="110", entity_type="person")  # fmt: skip
    mentions = pd.DataFrame(
        {"channel": "110", "record_id": "V", "kind": "person", "entity_id": ["p-b", "p-d"]}
    )
    parties = pd.DataFrame({"channel": "110", "record_id": "V", "party_no": list(people)[:3],
                            "role": list(people.values())[:3]})  # fmt: skip
    rows = pd.DataFrame({"case_id": [f"c-{key}" for key in people], "kind": "matter", "channel": "110",
                         "record_id": list(people), "incident_id": list(people),
                         "narrative": ["躲债", "躲债", None, None]})  # fmt: skip
    found = appearances(rows, links, mentions)
    violent = pd.DataFrame({"channel": ["110"], "record_id": ["V"]})
    told = guarded(found, violent, parties, rows, load_settings(), NOBODY)
    hers = {("c-a", "a")}
    assert told == Guarded(
        frozenset({*hers, ("c-d", "d")}), frozenset(hers), frozenset({"p-a", "p-d"})
    )
    assert not guarded(found, violent[:0], parties, rows, load_settings(), NOBODY).doorless
    # An officer who is a victim at home has no part in what she handles.
    handled = parties.assign(record_id="a", party_no="1", role="民警")[:1]
    both = pd.concat([parties, handled])
    assert ("c-a", "a") not in guarded(found, violent, both, rows, load_settings(), NOBODY).doorless


@pytest.mark.parametrize("kind", ["matter", "organisation"])
def test_what_strangers_tell_in_a_victim_s_case_is_told(kind):
    """A word of a refuge counts only where she is named, and so do doors but in her own quarrel."""
    rows = pd.DataFrame(
        {"case_id": ["c", "c", "d", "d"], "kind": kind, "channel": "110",
         "record_id": list("abde"), "incident_id": list("abde"),
         "narrative": ["秦凤琴吵架", "老板躲着不见", "秦凤琴躲在娘家", "住3号楼"]}
    )  # fmt: skip
    objectors = pd.DataFrame({"channel": "110", "record_id": ["V"], "name": ["秦 凤琴"]})
    found = appearances(rows, NO_LINKS, NO_LINKS.assign(kind=""))
    told = guarded(found, objectors, NO_LINKS, rows, load_settings(), objectors)
    hers = {("c", "a"), ("d", "d")}
    others = {("c", "b"), ("d", "e")}
    assert told.silent == {("d", "d")}
    assert told.doorless == (hers | others if kind == "matter" else hers)


@pytest.mark.parametrize(
    ("text", "is_silent"),
    [
        ("躲在\u200b娘⏎家", True), ("暂⏎住幸福里", True), ("暫 住幸福里", True),
        ("搬⾄幸福里", True), ("新&nbsp;租幸福里", True), ("住幸福里", False),
    ],
)  # fmt: skip
def test_a_refuge_is_known_however_it_is_written(text, is_silent):
    """Over a blank or line break (⏎), in traditional characters and in radicals."""
    rows = pd.DataFrame(
        {"case_id": ["d"], "kind": "matter", "channel": "110", "record_id": ["d"],
         "incident_id": ["d"], "narrative": ["秦凤琴" + text.replace("⏎", "\n")]}
    )  # fmt: skip
    objectors = pd.DataFrame({"channel": "110", "record_id": ["V"], "name": ["秦凤琴"]})
    found = appearances(rows, NO_LINKS, NO_LINKS.assign(kind=""))
    told = guarded(found, objectors, NO_LINKS, rows, load_settings(), objectors)
    assert told.silent == ({("d", "d")} if is_silent else frozenset())


def test_nobody_s_name_stands_in_full_and_a_child_has_none(documents):
    """Adults are masked; the child is 未成年人, without a surname that points to her."""
    for _, text in documents:
        for name in ("秦凤琴", "任睿泽", "任小禾", "赵守成", "周启明", "鲁秉坤", "任小"):
            assert name not in text
    assert any("未成年人" in text for category, text in documents if category == "0101")


def test_a_child_has_no_surname_and_no_school_however_it_is_written(documents):
    """An age with its unit, a number with spaces and in full width, a name with what it is not."""
    others = [text for category, text in documents if category != "0101"]
    assert any("周某某之子未成年人、之女未成年人（某校）在场" in text for text in others)
    for text in others:
        for secret in ("可可", "晓贝", "第一小学", "三年级", "2班"):
            assert secret not in text


def test_a_child_who_objected_has_no_school_either(night):
    """The night does not see the row; the narrative still tells where the child goes to school."""
    found, page, open_page = night
    told = [text for _, text in found if "放学路上" in text]
    assert told
    for text in (*told, page):
        assert "学生□□□在某校就读，放学路上" in text
        assert "三中" not in text
    assert "民乐三中初二3班" in open_page


def test_a_child_without_a_name_has_no_school_either(night):
    """In letters and plans and on the page."""
    found, page, open_page = night
    told = [text for _, text in found if "柴某某" in text]
    assert told
    for text in (*told, page):
        assert "其子在某校被打后" in text
        assert "柴某某17岁辍学" in text
        assert "二中" not in text
    assert "其子在张掖二中被打后" in open_page


def test_a_petitioner_is_not_given_away(documents):
    """Who petitioned, and what it says, is left out; that it was reported stays."""
    others = [text for category, text in documents if category != "0101"]
    assert others
    for text in others:
        assert "鲁某" not in text
        assert "偏袒" not in text
    for channel in CHANNELS.values():
        assert any(channel in text for text in others)


def test_a_petition_is_known_however_its_word_is_written():
    """By its category and by a role, over a blank or line break, and in other signs."""
    categories = ["信\n访", "信 访件", "信\u200b访", "檢舉", "邻里", None, "邻里"]
    categories += ["投诉举报", "邻里", "邻里"]
    numbers = [str(number) for number in range(len(categories))]
    records = pd.DataFrame({"channel": "12345", "record_id": numbers, "category": categories})
    # Who asks to stay unnamed, too; a text that tells of somebody who reported is none.
    texts = [None] * 8 + ["诉求人要求\n匿名，反映厂方偷排", "张某举报其偷排后争吵"]
    records["narrative"] = pd.Series(texts, dtype="str")
    roles = pd.DataFrame(
        {"channel": "12345", "record_id": ["4", "6"], "role": ["上 访人", "来电人"]}
    )
    found = petitions(records, roles, load_settings().escalation)
    assert found.tolist() == [True] * 5 + [False] * 2 + [True] * 2 + [False]


def test_a_blank_word_makes_no_petition():
    """Settings that were made without the check, too: else nothing would tell of any record."""
    settings = load_settings().escalation.model_copy(
        update={"withheld_words": ("", " ", "信访"), "unnamed_words": ("", " ")}
    )
    key = {"channel": "110", "record_id": ["1", "2"]}
    records = pd.DataFrame(key | {"category": ["邻里 纠纷", "信访件"], "narrative": None})
    parties = pd.DataFrame(key | {"role": ["当事人", None]})
    assert petitions(records, parties, settings).tolist() == [False, True]


def test_children_are_known_by_age_or_by_number_on_the_day():
    """Seventeen on the day of the report is a child, eighteen is not."""
    key = {"channel": "110", "record_id": ["1", "2", "3", "4", "5"]}
    numbers = [None, None, "110101200704021234", "110101200704011234", "１１０１０１ 20070402 1234"]
    parties = pd.DataFrame(
        key | {"name": ["甲一", "乙一", "丙一", "丁一", "戊 一（女）"], "id_number": numbers,
               "age": [17, 18, None, None, None]}
    )  # fmt: skip
    records = pd.DataFrame(key | {"reported_at": pd.Timestamp("2025-04-01")})
    assert young_names(parties, records) == {"甲一", "丙一", "戊一"}
    assert without("甲一打了乙一", frozenset(["甲一"])) == "未成年人打了乙一"
    grown, wrong = "620702198003070016", "620702198003070018"
    odd = parties.assign(id_number=[grown, grown, wrong, None, None], age=[-1, 0, 0, 0, -1])
    assert young_names(odd, records) == {"丙一", "丁一"}
    assert without("古丽 娜尔打了乙一", frozenset(["古丽·娜尔"])) == "未成年人打了乙一"
    assert without(None, frozenset(["甲一"])) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("孩子（甘州区第一小学三年级2班）被打", "孩子（某校）被打"),
        ("女儿就读于甘州区东街小学三年级（2）班。", "女儿就读于某校。"),
        ("在张掖市实验中学初三２班", "在某校"),
        ("五年级学生", "某校学生"),
        ("在民乐三中初二3班就读", "在某校就读"),
        ("张掖二中门口，城关一小、民乐一幼附近", "某校门口，某校、某校附近"),
        ("二小校门口", "某校校门口"),
        ("民乐三中、张掖二中学生", "某校、某校学生"),
        ("三年二班与六(2)班、３（１）班学生", "某校与某校、某校学生"),
        ("甘州区职教中心学生", "某校学生"),
        ("实验小学生郑可可，城关小学生", "某校学生郑可可，某校学生"),
        ("系市第三中学生", "系某校学生"),
        ("市第一中学生，郑州47中学生", "某校学生，某校学生"),
        ("在实验小学生活", "在某校生活"),
        ("在15中上学，郑州47中门口", "在某校上学，某校门口"),
        ("就读第八中，去二小", "就读某校，去某校"),
        ("张掖市三中，送孩子去城关一小。", "某校，送孩子去某校。"),
        ("就读三中、四中，县一中老师", "就读某校、某校，某校老师"),
        ("已告知民乐三中", "已告知某校"),
        (
            "其子未成年人在民乐三中被同学未成年人持刀殴打",
            "其子未成年人在某校被同学未成年人持刀殴打",
        ),
        ("在张掖二中因琐事与人争吵，从张掖二中回家", "在某校因琐事与人争吵，从某校回家"),
        ("在张掖二中发生纠纷，在张掖二中受伤", "在某校发生纠纷，在某校受伤"),
        ("在张掖二中遭欺凌，到张掖一中找老师", "在某校遭欺凌，到某校找老师"),
        ("与张掖二中协商，向张掖二中索赔", "与某校协商，向某校索赔"),
        ("被张掖二中开除，在张掖二中跳楼", "被某校开除，在某校跳楼"),
        ("张掖一中要求家长领回，称张掖一中保安推搡", "某校要求家长领回，称某校保安推搡"),
        ("张掖一中心理老师在张掖二中年级主任办公室", "某校心理老师在某校年级主任办公室"),
        ("多次打电话要求张掖二中处理，因民乐三中未处理", "多次打电话要求某校处理，因某校未处理"),
        ("在临夏二中午休时，在肃南县第二中被打", "在某校午休时，在某校被打"),
        ("到一中找老师，在城关一小被打，在民乐一幼被打", "到某校找老师，在某校被打，在某校被打"),
        ("系一中学生，对民乐三中老师不满", "系某校学生，对某校老师不满"),
        ("其子系民乐三中的，女儿上城关一小，", "其子系某校的，女儿上某校，"),
        ("甘州区第一小学（东校区）", "某校（东校区）"),
        ("孩子在县一中被打，去市第二中处理", "孩子在某校被打，去某校处理"),
        ("把张掖二中起诉，叫高台一中副校长", "把某校起诉，叫某校副校长"),
        ("在张掖二中打了同学，在张掖二中受欺负", "在某校打了同学，在某校受欺负"),
        ("在甘州区第十一⼩学、第一\n小学", "在某校、某校"),
        ("在第十 小 学、第二小\u200b学、民樂三中初二３班", "在某校、某校、某校"),
    ],
)
def test_a_school_and_a_class_are_left_out_where_a_child_is(text, told):
    """They tell who a child is as well as a name does."""
    assert without(text, frozenset(["甲一"])) == told
    assert without(text, frozenset()) == text


@pytest.mark.parametrize(
    "text",
    [
        "二班民警到场，小组班长说和", "等了一小时，其中一人离开", "金安苑一小区门口", "一小时前在家",
        "学习三中全会精神", "二小组组长和三中队民警", "被一中年男子和一小伙打伤", "民乐县一小卖部门口",
        "被一中学生殴打，发现一小学生在门口", "2024年3班民警", "工厂三班倒，三年二班倒", "五一小长假",
        "向张掖市二中院起诉", "万一中的是毒", "周三中午", "一小部分在某小区", "三小区3号楼", "一中介公司",
        "一名小学生和中小学生", "系中学生，12岁小学生", "党的十九届三中、四中全会", "三中、四中、五中全会",
        "家有一老一小，", "年纪小 学习差", "家中\n学车", "張某在家",
        "家有一老一小上学", "与被告赵四小和王五争吵", "报警人李二中，男", "双方其中一小，男",
        "当事人李二中、王三小，", "在路边一小，", "其中一小学生", "在李二中的家里",
        "在张掖一中心广场被打", "与邻居李二中发生争执", "被同学王一中殴打，被告王三中未到庭",
        "与王某一中年男子", "在本周三中午休息", "被特警一中队带走", "在路口一中通快递", "在小区一中药铺",
        "在该小区一中介公司", "在路边一小摊被打", "在广场与一幼儿", "到民乐县一中医院", "与张某一中国银行",
        "经查张一中与他争吵", "在二中队办公室", "从一中间", "十有八九中奖",
        "在现场发现三名男子二中一人受伤", "爷爷第二中风后住院", "合同第二中标人未付款", "与丈夫第二中暑",
        "东关路十中段堵塞", "手术后第三中指骨折", "双方二十中下旬签合同", "彩票一中五万", "租客周三中断合同",
        "王某将第三小与第二小混淆", "他家老三中过风", "某公司中标第一中小企业", "全村三中有两家不让",
        "在东街一小偷被抓", "在东街一小时未处理", "村民王一中被打",
        "分为一大一小和三人", "系赵四小，", "15中午在1小时内", "从小到大",
    ],
)  # fmt: skip
def test_what_only_reads_like_a_school_stays(text):
    """A numeral before 中 or 小 is mostly an hour, a part, a man of middle age, a police squad."""
    assert without(text, frozenset(["甲一"])) == text


@pytest.mark.parametrize(
    "part", ["一", "在民乐", "三中", "在民乐三中年", "中", "一中、", "县一", "小"]
)
def test_a_long_text_is_read_for_schools_in_a_moment(part):
    """20,000 signs that begin a school's name again and again; a squared cost would take minutes."""
    text = (part * 20_000)[:20_000]
    begin = time.process_time()
    without_schools(text)
    assert time.process_time() - begin < 5


def test_a_mask_is_no_other_mask():
    """郑某 and 郑女士 are not one person for being both 郑."""
    assert compared(["郑某", "郑女士", "郑可可等3人"]) == {
        "郑某": "郑某", "郑女士": "郑女士", "郑可可等3人": "郑可可"
    }  # fmt: skip


def shown_in(named, children, texts, *, nameless=False, grown=()):
    """The texts of one case as they are shown, each reported on 1 October 2024."""
    told = [(text, pd.Timestamp("2024-10-01")) for text in texts]
    called = called_in(named, children, told, nameless=nameless, grown=dict(grown))
    return [without(text, called.children, called=called) for text in texts]


@pytest.mark.parametrize(
    ("named", "children", "texts", "told"),
    [
        (["韩小雨"], ["韩小雨"], ["扬言打小雨"], ["扬言打未成年人"]),
        (["韩小雨"], ["韩小雨"], ["韩小雨（12岁，小名豆豆）", "豆豆不敢上学"],
         ["未成年人（12岁，未成年人）", "未成年人不敢上学"]),
        (["韩小雨"], ["韩小雨"], ["豆豆（大名韩小雨）", "女儿妞妞", "妞妞哭"],
         ["未成年人（大名未成年人）", "女儿未成年人", "未成年人哭"]),
        (["贺子轩"], ["贺子轩"], ["学生小轩", "小轩和轩轩"], ["学生未成年人", "未成年人和未成年人"]),
        (["贺子轩"], [], ["贺子轩（13周岁）在场", "同学子轩"], ["未成年人（13周岁）在场", "同学未成年人"]),
        (["贺子轩"], [], ["贺子轩，男，汉族，2012年3月5日出生"], ["未成年人，男，汉族，2012年3月5日出生"]),
        (["贺子轩"], [], ["小学生贺子轩", "贺子轩未满十八周岁"], ["小学生未成年人", "未成年人未满十八周岁"]),
        (["贺子轩"], [], ["贺子轩（身份证号629900201203151236）"], ["未成年人（身份证号629900201203151236）"]),
        (["韩小雨"], ["韩小雨"], ["未成年人韩小雨 父亲"], ["未成年人 父亲"]),
        (["李平安"], ["李平安"], ["女儿平安", "殴打平安", "平安被打"],
         ["女儿未成年人", "殴打未成年人", "未成年人被打"]),
        (["韩小雨"], ["韩小雨"], ["女儿叫闹闹", "闹闹在场"], ["女儿叫未成年人", "未成年人在场"]),
        (["韩小雨"], ["韩小雨"], ["今天有小雨，楼下小雨哭", "推了下小雨，小雨天天哭"],
         ["今天有小雨，楼下未成年人哭", "推了下未成年人，未成年人天天哭"]),
        (["王佳一"], [], ["王佳一13岁，佳一被打"], ["未成年人13岁，未成年人被打"]),
        (["贺子轩"], [], ["贺子轩，9岁男童，被打"], ["未成年人，9岁男童，被打"]),
        (["贺子轩"], [], ["贺子轩13岁就读初一"], ["未成年人13岁就读初一"]),
        (["贺子轩"], [], ["贺子轩，2012年生，未成年"], ["未成年人，2012年生，未成年"]),
        (["贺子轩"], [], ["贺子轩，未成年女孩"], ["未成年人，未成年女孩"]),
    ],
)  # fmt: skip
def test_a_child_has_no_given_name_and_no_nickname_either(named, children, texts, told):
    """They tell who a child is as well as a whole name; so does a name with an age in the text."""
    assert shown_in(named, children, texts) == told


@pytest.mark.parametrize(
    ("named", "children", "text"),
    [
        (["李平安"], ["李平安"], "平安建设，平安保险，一路平安"),
        (["王子健"], ["王子健"], "孩子健康受损，妻子健在"),
        (["李天明"], ["李天明"], "当天明确表示"),
        (["张林"], ["张林"], "民警小林到场，在树林里"),
        (["贺子轩", "李子轩"], ["贺子轩"], "李子轩到场"),
        (["贺子轩", "贺大"], ["贺子轩"], "贺大绰号老虎，打老虎"),
        (["张学"], ["张学"], "在小区等了一会儿，儿子天天哭"),
        (["韩建军"], [], "韩建军，12岁女儿被打；韩建军、12岁的女儿"),
        (["韩建军"], [], "韩建军（43岁），2024年10月1日报警，已满18周岁"),
        (["韩建军"], [], "韩建军，1985年3月5日生，2012年3月生一女"),
        (["韩建军"], [], "韩建军小名豆豆"),
        (["韩小雨"], ["韩小雨"], "天下小雨，路滑，小雨转晴，下着小雨，天气小雨"),
        (
            ["韩小雨"],
            ["韩小雨"],
            "孩子急急跑来，报警人急急说，女孩慌慌张张，孩子慌慌，同学三三两两",
        ),
        (["韩小雨"], ["韩小雨"], "孩子盯盯，女儿咚咚地跑"),
        (["李因为"], ["李因为"], "因为琐事"),
        (["赵晨"], ["赵晨"], "早晨晨读"),
        (["张现场"], ["张现场"], "民警到现场"),
        (["刘一手"], ["刘一手"], "对方一手推倒"),
        (["TOM"], ["TOM"], "伤口5MM，OM"),
        (["韩建军"], [], "韩建军2015年生意失败，韩建军，2016年生病后，韩建军系2018年生活困难户"),
        (["韩建军"], [], "韩建军2018年生产队分地，韩建军2015年出生证办理，韩建军2015年出生的儿子"),
        (["韩建军"], [], "韩建军17岁那年结怨，韩建军3岁丧父，韩建军（17岁时参军）"),
        (["韩建军"], [], "韩建军，9岁男童受伤，韩建军，8岁孩童被打，韩建军2岁多的孩子"),
        (["韩建军"], [], "韩建军，9岁的小学生被其打伤"),
        (["韩建军"], [], "韩建军（未成年子女二人），韩建军，未成年子女由其抚养"),
        (["韩建军"], [], "韩建军（系未成年人监护人），韩建军，未成年儿子在场"),
    ],
)
def test_what_only_reads_like_a_child_s_name_stays(named, children, text):
    """A word that is a given name, too, another's name, a father with his daughter's age."""
    assert shown_in(named, children, [text]) == [text]


@pytest.mark.parametrize("text", ["贺子轩，16岁", "小学生贺子轩", "贺子轩，2012年生"])
def test_whom_rows_tell_to_be_of_age_is_no_child_by_a_text_of_later(text):
    """Who came of age afterwards was still a child when the text was reported."""
    before, after = ({"贺子轩": pd.Timestamp(day)} for day in ("2024-10-01", "2024-10-02"))
    assert shown_in(["贺子轩"], [], [text], grown=before) == [text]
    assert shown_in(["贺子轩"], [], [text], grown=after) == [text.replace("贺子轩", "未成年人")]


def test_rows_tell_since_when_somebody_is_of_age():
    """By the number the birthday, by the age a day by which it had come; nothing of a child."""
    records = pd.DataFrame(
        {"channel": "110", "record_id": ["1", "2"], "case_id": ["C", "D"],
         "reported_at": pd.to_datetime(["2025-04-01", "2024-04-01"])}
    )  # fmt: skip
    parties = pd.DataFrame(
        [("1", "甲 一（男）", 30, None), ("2", "甲一", 29, None), ("1", "乙一", None, "110101200704011234"),
         ("1", "乙一", 18, None), ("1", "丙一", None, "110101200704021234"), ("1", "丁一", 17, None),
         ("2", "戊一", 999, None), ("2", None, 40, None)],
        columns=["record_id", "name", "age", "id_number"],
    ).assign(channel="110")  # fmt: skip
    grown = grown_names(parties, records)
    assert grown.keys() == {"C", "D"}
    assert grown["C"] == {
        "甲一": pd.Timestamp("2025-04-01") - pd.Timedelta(days=12 * 365),
        "乙一": pd.Timestamp("2025-04-01"),
    }
    assert grown["D"].keys() == {"甲一", "戊一"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("韩建军称儿子□□□（小名豆豆）哭", "韩建军称儿子□□□（未成年人）哭"),
        ("韩建军称儿子□□□（外号豆豆）哭", "韩建军称儿子□□□（未成年人）哭"),
        ("豆豆（大名□□□）哭", "未成年人（大名□□□）哭"),
        ("韩建军称（已删除）（小名豆豆）哭", "韩建军称（已删除）（未成年人）哭"),
        ("韩小雨和□□（外号老虎）", "未成年人和□□（外号老虎）"),
        ("韩小雨和（已删除）（外号老虎）", "未成年人和（已删除）（外号老虎）"),
        ("□□□在场。韩建军小名豆豆", "□□□在场。韩建军小名豆豆"),
    ],
)
def test_the_nickname_of_a_child_whose_name_is_hidden_is_not_another_s(text, told):
    """Of one who objected or was erased; a hidden name of another length is another's."""
    assert shown_in(["韩建军", "韩小雨"], ["韩小雨"], [text]) == [told]


def test_a_child_without_a_name_has_no_nickname_either():
    """Whose row gives an age alone."""
    texts = ["其子小名壮壮", "壮壮被打"]
    assert shown_in([], [], texts, nameless=True) == ["其子未成年人", "未成年人被打"]
    assert shown_in([], [], texts) == texts
