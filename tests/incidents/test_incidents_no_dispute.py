"""Praise, questions and false alarms are kept and linked, and count in no case."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_up_reports import ZHANG, both, incident, linked, matter, report

from warning.matching.links import Links
from warning.matching.settled_before import only_settles_before
from warning.matching.vocabulary import with_codes
from warning.settings import load_settings, packaged_config
from warning.settings.channels import (
    NO_DISPUTE,
    UNKNOWN_CATEGORY,
    ChannelsSettings,
    SettledBefore,
)

SETTINGS = load_settings()
BEFORE = SETTINGS.channels.no_dispute.settled_before
FIRM = {"role": "被诉求单位", "organisation": "张掖市金安物业服务有限公司"}


@pytest.mark.parametrize(
    ("category", "narrative", "code"),
    [
        ("表扬", "来电人表扬金安物业保安拾金不昧", NO_DISPUTE),
        ("感谢类", "感谢民警化解邻里纠纷", NO_DISPUTE),
        ("误报", "报警人称楼上打架，到场核实为误报", NO_DISPUTE),
        ("无效警情", None, NO_DISPUTE),
        ("政策咨询", "业主咨询物业费收费标准。", NO_DISPUTE),
        ("咨询", None, NO_DISPUTE),
        ("日常走访", "入户走访张某，近期无矛盾纠纷。", NO_DISPUTE),
        ("消防隐患", "巡查发现楼道堆放杂物，已清理。", NO_DISPUTE),
        # The words of a quarrel outweigh the category.
        ("咨询", "丈夫打人，咨询如何离婚", "01"),
        ("咨询投诉", "咨询收费标准", UNKNOWN_CATEGORY),
        ("表扬投诉", "物业推诿", UNKNOWN_CATEGORY),
        ("日常走访", "走访发现两户为地埂争吵", UNKNOWN_CATEGORY),
        ("日常走访", "上次无矛盾，今日因浇水发生冲突", "0904"),
        ("政策咨询", "公司拖欠工资三个月，怎么办", "07"),
        # However they are written.
        ("表\n扬", "保安拾金不昧", NO_DISPUTE),
        ("日常走访", "近期无\n矛盾 纠纷。", NO_DISPUTE),
        ("諮詢", "丈夫 打人，\n咨询", "01"),
        ("政策咨询", "走访发现两户争\n吵", UNKNOWN_CATEGORY),
        # What is no such category stays what it is.
        ("邻里", "感谢民警，但楼上仍然扰民", "02"),
        (None, "咨询", UNKNOWN_CATEGORY),
        ("物业", "表扬", "0402"),
    ],
)
def test_which_records_tell_of_no_dispute(
    category: str | None, narrative: str | None, code: str
) -> None:
    """By the category, unless its words or the text's tell of a quarrel."""
    row = {"channel": "12345", "record_id": "1", "category": category, "narrative": narrative,
           "outcome": None, "origin": None, "county_code": None}  # fmt: skip
    parties = pd.DataFrame({"channel": [], "role": []}, dtype="str")
    coded, _ = with_codes(pd.DataFrame([row]).astype("str"), parties, SETTINGS)
    assert coded["category_code"].item() == code


OVER = [
    "来电人称此前投诉物业事项已解决，申请撤诉。",
    "来电人申请撤诉，此前投诉作废。",
    "来电人要求撤回此前对物业的投诉。",
    "来电人称投诉事项已解决，表示感谢，撤销投诉。",
    "来电人撤销此前投诉工单。",
    "来电人称问题已解决，不再投诉。",
    "此前投诉物业停水不修，现已恢复供水，申请撤诉。",
    "之前反映的漏水问题已得到妥善解决，来电致谢。",
    "诉求人来电，前期反映的噪音扰民问题已解决，请予办结。",
    "此前投诉公司拖欠工资，公司已全部付清，不再投诉。",
    "市民王女士申请撤诉。",
    "原投诉事项已经解决，不再追究。",
    "双方已和解，申请撤诉。",
    "因问题已解决申请撤诉",
    "报警人称之前报警的欠款纠纷双方已自行协商解决。",
    "上次投诉商家不退款，商家已退款，撤诉。",
    "来电人表示自愿撤回投诉，无其他诉求。",
    "来电人要求取消原工单，对处理结果表示满意。",
    "双方已达成和解，来电人主动撤销举报。",
    "9月4日投诉的事项已解决，来电人撤销投诉。",
    "诉求人称该诉求已得到解决，申请撤销该诉求。",
    "来电人要求撤回此前报警。",
    "此前报警的欠款纠纷双方已自行和解，撤销报警。",
    "此前投诉的商家已道歉，双方已和解。",
    "此前投诉下水道堵塞，现已修复，申请撤诉。",
]
NOT_OVER = [
    "来电人未撤诉，此前投诉的停水问题已解决一半。",
    "来电人称此前投诉已解决，但不撤诉。",
    "来电人拒绝撤诉。",
    "来电人表示不撤诉。",
    "此前投诉物业停水，仍未解决。",
    "此前投诉的停水未解决。",
    "停水不修，仍未解决。",
    "此前投诉已解决，现物业又停水。",
    "此前投诉已解决，今日电梯故障。",
    "此前投诉物业，再次停水。",
    "对方要求来电人撤诉。",
    "物业要求撤回投诉。",
    "对方逼迫来电人撤诉。",
    "来电人因此前投诉被物业报复，要求处理。",
    "双方因欠款争吵，经调解已和解。",
    "双方已和解，当事人撤诉。",
    "双方已和解，不再追究。",
    "原告撤诉。",
    "物业长期不修电梯，已解决。",
    "与邻居因停车发生矛盾，已解决。",
    "此前投诉至今没有解决，不再投诉物业，要求起诉。",
    "此前投诉邻居打人，已和解，申请撤诉。",
    "来电人咨询如何撤诉。",
    "如果物业修好就撤诉。",
    "此前投诉商家，商家已退还部分款项，申请撤诉。",
    "申请撤诉，要求物业赔偿损失。",
    "物业承诺解决，申请撤诉。",
    "来电人称此前投诉物业停水。",
    "要求物业解决此前投诉事项。",
    "来电人要求撤销对其的处罚。",
    "原因是漏水已解决不了，要求投诉物业。",
    "撤诉后对方反悔，此前投诉需继续处理。",
    "此前投诉小区停水，要求撤销物业公司投诉电话。",
    "来电人投诉物业要求撤诉。",
    "市民投诉民警要求撤案。",
    "投诉人不申请撤诉。",
    "曾报警，双方已和解。",
    "此前投诉如已解决，申请撤诉。",
    "来电人称此前投诉已办结。",
    "来电人并非自愿撤诉。",
    "工作人员撤销其投诉工单。",
    "此前投诉后物业断水断电，申请撤诉。",
    "来电人申请取消撤诉。",
    "来电人要求商家撤回起诉。",
    # The very matter is taken back.
    "双方和解，撤回报警。",
    "报警人称已和好，取消报警。",
    "双方和解了，取消报警。",
    "报警人称双方已协商解决，撤回了报警。",
    "同丈夫已和解，取消求助。",
    "双方和解，现撤回报案。",
    "本人自愿撤案。",
    "双方已和解，申请人撤回起诉。",
    # Somebody did something new.
    "此前起诉离婚的丈夫将其推倒，双方已和好。",
    "之前报警的邻居上门泼粪，已赔偿。",
    "之前投诉的邻居上门倒粪，已赔偿。",
    "此前投诉的商家在门口堵路，已道歉。",
    "之前报警邻居将其砍成骨折，已赔偿。",
    "报警人称之前在饭店与人互殴报警，双方已和解。",
    "此前求助的女子喝药轻生，现已恢复。",
    "之前求助的女子割腕，已恢复。",
    "此前投诉邻居威胁本人，已和解，申请撤诉。",
    "此前投诉邻居威脅本人，已和解，申请撤诉。",
    "此前投诉邻居恐嚇本人，已和解，申请撤诉。",
    "此前投诉邻居纵 火，已和解，申请撤诉。",
]


def test_what_only_takes_an_earlier_complaint_back_tells_of_no_dispute() -> None:
    """By the text alone, whatever the outcome; in doubt it is an incident."""
    told = only_settles_before(pd.Series([*OVER, *NOT_OVER, None], dtype="str"), BEFORE)
    assert [text for text, over in zip([*OVER, *NOT_OVER], told, strict=False) if over] == OVER
    assert not only_settles_before(pd.Series(OVER, dtype="str"), SettledBefore()).any()


def test_a_word_of_risk_of_a_city_tells_of_something_new(tmp_path: Path) -> None:
    """Of its own ``risk_words.yaml``, as the packaged ones do."""
    packaged = (packaged_config() / "lexicons/risk_words.yaml").read_text("utf-8")
    (tmp_path / "lexicons").mkdir()
    own = packaged.replace("threat: [", "threat: [摆灵堂, ", 1)
    (tmp_path / "lexicons" / "risk_words.yaml").write_text(own, "utf-8")
    text = pd.Series(["此前投诉商家摆灵堂，已解决，申请撤诉"], dtype="str")
    told = load_settings(tmp_path).channels.no_dispute.settled_before
    assert only_settles_before(text, BEFORE).all()
    assert not only_settles_before(text, told).any()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({}, NO_DISPUTE),
        ({"injuries": 0, "deaths": 0}, NO_DISPUTE),
        ({"injuries": 2}, "02"),
        ({"injuries": None, "deaths": 1}, "02"),
        ({"category": "家庭暴力"}, "0101"),
        ({"category": "毆打他人"}, "05"),
    ],
)
def test_where_somebody_came_to_harm_no_withdrawal_undoes_it(
    columns: dict[str, object], code: str
) -> None:
    """By the record's counts, or a word of risk in its category."""
    row = {"channel": "110", "record_id": "1", "category": "邻里", "narrative": "双方已和解，申请撤诉",
           "outcome": None, "origin": None, "county_code": None} | columns  # fmt: skip
    texts = dict.fromkeys(("channel", "record_id", "category", "narrative", "outcome", "origin",
                           "county_code"))  # fmt: skip
    parties = pd.DataFrame({"channel": [], "role": []}, dtype="str")
    frame = pd.DataFrame([row]).astype(dict.fromkeys(texts, "str"))
    coded, _ = with_codes(frame, parties, SETTINGS)
    assert coded["category_code"].item() == code


def test_a_withdrawal_is_no_new_incident_of_a_firm() -> None:
    """A complaint that is still open is."""

    def counted(text: str) -> set[int]:
        caller = {"role": "诉求人", "name": "郑洁", "phone": "13900000071"}
        own: dict[str, str] = {"channel": "12345", "category": "物业", "address": "金安苑小区3号楼"}
        links = linked(
            SETTINGS,
            report("A", "2024-03-04 14:00", caller, FIRM, narrative="投诉物业停水不修。", **own),
            report("B", "2024-03-19 14:00", caller, FIRM, narrative=text, outcome="已解决", **own),
        )
        return set(links.cases["incident_count"])

    assert counted(OVER[0]) == {1}
    assert counted("停水不修，仍未解决。") == {2}


def test_a_word_that_a_city_maps_itself_is_believed() -> None:
    """Whatever it contains."""
    packaged = SETTINGS.channels.model_dump()
    categories = {**packaged["words"]["categories"], "消防隐患": "11", "误报警扰民": "02"}
    channels = ChannelsSettings.model_validate(
        {**packaged, "words": {**packaged["words"], "categories": categories}}
    )
    rows = [{"channel": "12345", "record_id": word, "category": word, "narrative": "已处理",
             "outcome": None, "origin": None, "county_code": None}
            for word in ("消防隐患", "误报警扰民", "误报")]  # fmt: skip
    parties = pd.DataFrame({"channel": [], "role": []}, dtype="str")
    coded, _ = with_codes(
        pd.DataFrame(rows).astype("str"), parties, replace(SETTINGS, channels=channels)
    )
    assert coded["category_code"].tolist() == ["11", "02", NO_DISPUTE]


def test_a_night_of_no_dispute_at_all_has_tables_as_any_other() -> None:
    """The next night reads them."""
    links = linked(SETTINGS, report("C", "2024-03-20 09:00", category="表扬"))
    assert links.case_incidents.empty
    assert links.case_incidents["case_id"].dtype == links.incidents["incident_id"].dtype


def subjects(links: Links) -> set[str]:
    """The kinds of the cases."""
    return set(links.cases["kind"])


def test_thanks_to_a_firm_make_no_case_of_it() -> None:
    """Three complaints do."""

    def told(category: str, text: str) -> Links:
        return linked(
            SETTINGS,
            *(
                report(f"H{day}", f"2024-03-{day} 09:00", {"role": "诉求人", "name": name}, FIRM,
                       channel="12345", category=category, narrative=text,
                       address=f"金安苑小区{day}号楼")
                for day, name in ((20, "高峰"), (23, "杨丽"), (26, "马文"))
            ),
        )  # fmt: skip

    praise = told("表扬", "来电人表扬保安拾金不昧")
    assert len(praise.incidents) == 3
    assert praise.cases.empty
    assert praise.case_incidents.empty
    assert "organisation" in subjects(told("物业", "物业长期不修电梯"))


def test_a_question_does_not_count_in_a_quarrel() -> None:
    """A question of somebody who quarrels is no incident of his."""
    links = linked(
        SETTINGS,
        report("A", "2024-03-01 09:00", *both()),
        report("B", "2024-03-09 09:00", *both()),
        report("C", "2024-03-20 09:00", {"role": "报警人", **ZHANG}, category="咨询",
               narrative="咨询身份证补办"),
    )  # fmt: skip
    assert matter(links, "A") == matter(links, "B")
    assert incident(links, "C") not in set(links.case_incidents["incident_id"])
    assert set(links.cases["incident_count"]) == {2}


def test_an_incident_is_what_the_record_says_that_says_most() -> None:
    """Of one event, reported as unknown, as a false alarm and as a quarrel."""
    quarrel = {"related_to": "A"}
    links = linked(
        SETTINGS,
        report("A", "2024-03-01 09:00", *both(), category="劳什子"),
        report("B", "2024-03-01 09:10", *both(), category="误报", **quarrel),
        report("C", "2024-03-01 09:20", *both(), category="宅基地", **quarrel),
    )
    assert links.incidents["category"].tolist() == ["0902"]


def test_the_code_must_be_in_the_taxonomy() -> None:
    """A city's own taxonomy that lists such words names the code, too."""
    packaged = SETTINGS.channels.model_dump()
    taxonomy = {code: name for code, name in packaged["taxonomy"].items() if code != NO_DISPUTE}
    with pytest.raises(ValueError, match=NO_DISPUTE):
        ChannelsSettings.model_validate({**packaged, "taxonomy": taxonomy})


def test_words_of_risk_stand_in_their_own_file() -> None:
    """They are not read beside the words of withdrawals, and nobody is asked for all of them there."""
    with pytest.raises(ValueError, match=r"risk_words\.yaml"):
        SettledBefore.model_validate({"risk": {"weapon": ["刀"]}})
