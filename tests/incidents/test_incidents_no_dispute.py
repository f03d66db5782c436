"""Praise, questions and false alarms are kept and linked, and count in no case."""

import pandas as pd
import pytest
from made_up_reports import ZHANG, both, incident, linked, matter, report

from warning.matching.links import Links
from warning.matching.vocabulary import with_codes
from warning.settings import load_settings
from warning.settings.channels import NO_DISPUTE, UNKNOWN_CATEGORY, ChannelsSettings

SETTINGS = load_settings()
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
           "outcome": None, "origin": None}  # fmt: skip
    parties = pd.DataFrame({"channel": [], "role": []}, dtype="str")
    coded, _ = with_codes(pd.DataFrame([row]).astype("str"), parties, SETTINGS.channels)
    assert coded["category_code"].item() == code


def test_a_word_that_a_city_maps_itself_is_believed() -> None:
    """Whatever it contains."""
    packaged = SETTINGS.channels.model_dump()
    categories = {**packaged["words"]["categories"], "消防隐患": "11", "误报警扰民": "02"}
    channels = ChannelsSettings.model_validate(
        {**packaged, "words": {**packaged["words"], "categories": categories}}
    )
    rows = [{"channel": "12345", "record_id": word, "category": word, "narrative": "已处理",
             "outcome": None, "origin": None} for word in ("消防隐患", "误报警扰民", "误报")]  # fmt: skip
    parties = pd.DataFrame({"channel": [], "role": []}, dtype="str")
    coded, _ = with_codes(pd.DataFrame(rows).astype("str"), parties, channels)
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
