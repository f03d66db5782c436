"""Every category, county and kind of letter has its recipient, or the check says which has not."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from pydantic import ValidationError

from tests.escalation.office import Office
from tests.escalation.test_escalation_bundles import text_of as words
from warning.errors import SettingsError
from warning.escalation.case_file import CaseFile
from warning.escalation.counties import counties_of, told_counties
from warning.escalation.documents import letter_document, task_force_document
from warning.escalation.ladder import is_due_soon
from warning.escalation.recipients import (
    contact_of,
    coverage,
    is_unplaced,
    is_unplaced_plan,
    recipient_of,
)
from warning.escalation.rules import propose
from warning.officers.current import readdressed_since
from warning.settings import load_settings, packaged_config
from warning.settings.escalation import EscalationSettings, Unit
from warning.tabular import rows_of

SETTINGS = load_settings()
CATEGORIES = tuple(SETTINGS.channels.taxonomy)


def having(*units: dict[str, object], **changes: object) -> EscalationSettings:
    """The packaged settings with a directory."""
    lines = tuple(Unit(**unit) for unit in units)
    return SETTINGS.escalation.model_copy(update={"directory": lines, **changes})


@pytest.mark.parametrize("key", ["withheld_words", "unnamed_words", "refuge_words"])
@pytest.mark.parametrize("word", ["", "  ", "\u3000", "\u200b"])
def test_a_word_of_petitions_or_refuges_is_not_blank(word, key):
    """It would make every record one; the message names its place."""
    said = SETTINGS.escalation.model_dump() | {key: ["信访", word]}
    with pytest.raises(ValidationError, match="a text, not blank") as refused:
        EscalationSettings.model_validate(said)
    assert refused.value.errors()[0]["loc"] == (key, 1)


def test_every_combination_of_the_packaged_configuration_is_counted():
    """Six counties, every category, five letters; all go to the county's unit."""
    every, named = coverage(SETTINGS.escalation, CATEGORIES)
    assert (every, named) == (6 * (len(CATEGORIES) + 1) * 5, 0)


def test_county_goes_before_category_before_letter():
    """The most particular line; the parent is the first copy."""
    settings = having(
        {"unit": "{county}司法局"},
        {"unit": "{county}住建局", "category": "0402", "parent": "{county}政府",
         "copies": ["{county}司法局"], "contact": "值班室"},
        {"unit": "{county}委书记", "letters": ["通报函"]},
        {"unit": "甘州区信访局", "county": "620702"},
    )  # fmt: skip
    assert recipient_of("02", "620721", settings, "提示函")[0].endswith("司法局")
    unit, copies = recipient_of("0402", "620724", settings, "提示函")
    assert (unit, copies) == ("高台县住建局", ("高台县政府", "高台县司法局"))
    assert recipient_of("02", "620724", settings, "通报函")[0] == "高台县委书记"
    assert recipient_of("0402", "620702", settings, "通报函")[0] == "甘州区信访局"
    assert contact_of("0402", "620724", settings, "提示函") == "值班室"


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("county", '"110101"', "one of counties: 620702"),
        ("category", '"77"', "a code of the taxonomy"),
        ("letters", "[劝导函]", "a name in letters: 提示函"),
        ("parent", '"  "', "in braces nothing but {county}"),
        ("unit", "甲{town}", "in braces nothing but {county}"),
        ("unit", "甲{x", "in braces nothing but {county}"),
        ("unit", "甲{}", "in braces nothing but {county}"),
        ("unit", "甲{county.x}", "in braces nothing but {county}"),
        ("parent", "甲{town}", "in braces nothing but {county}"),
        ("copies", '["甲{town}"]', "in braces nothing but {county}"),
        ("copies", '["\u3000"]', "a text, not blank"),
        ("unit", '""', "a text, not blank"),
        ("unit", '" "', "a text, not blank"),
    ],
)
def test_a_line_of_the_directory_that_cannot_count_is_refused(
    key: str, value: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night was a stack trace, or its letters went to nobody; the line is told at reading."""
    monkeypatch.setenv("WARNING_LANG", "en")
    text = (packaged_config() / "escalation.yaml").read_text(encoding="utf-8")
    keys = {"unit": "甘州区司法局"} | {key: value}
    lines = "".join(f"    {name}: {said}\n" for name, said in keys.items())
    text = text.replace("directory: []\n", f"directory:\n  - contact: 值班室\n{lines}")
    (tmp_path / "escalation.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    (problem,) = refused.value.problems
    line = text[: text.index(f"    {key}: {value}\n")].count("\n") + 1
    assert problem.where == f"{tmp_path / 'escalation.yaml'}:{line}"
    assert told in problem.expected


def test_a_category_of_the_directory_is_one_of_the_citys_own_taxonomy(tmp_path: Path) -> None:
    """One that only the packaged taxonomy has would never count."""
    (tmp_path / "channels.yaml").write_text(
        'taxonomy: {F1: 家暴, "99": 其他}\nwords: {categories: {家暴: F1}}\nchannels: {热线: {}}\n',
        "utf-8",
    )
    text = (packaged_config() / "escalation.yaml").read_text(encoding="utf-8")
    for code, known in (("F", True), ("0402", False)):
        own = f"directory: [{{unit: '{{county}}局', category: \"{code}\"}}]"
        (tmp_path / "escalation.yaml").write_text(text.replace("directory: []", own), "utf-8")
        if known:
            assert load_settings(tmp_path).escalation.directory[0].category == code
        else:
            with pytest.raises(SettingsError, match="0402"):
                load_settings(tmp_path)


def test_a_reminder_is_owed_before_the_deadline():
    """A working day before and on the day itself; not on the Friday before a Tuesday."""
    due = pd.Timestamp("2025-03-11")  # a Tuesday
    owed = {
        day: is_due_soon(due, pd.Timestamp(f"2025-03-{day:02d} 09:00"), SETTINGS.escalation)
        for day in (7, 10, 11, 12)
    }
    assert owed == {7: False, 10: True, 11: True, 12: False}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("masthead: 中共张掖市委政法委员会", 'masthead: ""'),
        ("city_unit: 中共张掖市委政法委员会", 'city_unit: " "'),
        ("county_unit: 中共{county}委政法委员会", "county_unit: xxx"),
        ("county_unit: 中共{county}委政法委员会", 'county_unit: "{count}委"'),
        ("county_unit: 中共{county}委政法委员会", 'county_unit: "{county.x}委"'),
        ("county_unit: 中共{county}委政法委员会", 'county_unit: "{county[a]}委"'),
        ("county_unit: 中共{county}委政法委员会", 'county_unit: "{county}委}"'),
        ("number_code: 张政法函", 'number_code: ""'),
        ('"0402": [住建局, 司法局]', '"0402": [住建局, ""]'),
        ("- name: 通报函", '- name: ""'),
        ("620702\": 甘州区", '620702": ""'),
        ("lead: （待定：县区党委政法委负责人）", 'lead: " "'),
        ("milestones: {见面核实: 2, 制定方案: 3, 集中化解: 15, 回访评估: 30}", "milestones: {}"),
        ("{安全计划: 1}", '{"": 1}'),
        ("[村级, 乡级, 县级]", "[村级, 乡级, 村级]"),
    ],
)  # fmt: skip
def test_a_blank_name_of_a_letters_head_is_refused_with_its_line(
    before: str, after: str, tmp_path: Path
) -> None:
    """Letters went out with no masthead, to a unit that is the same in every county; plans with gaps."""
    text = (packaged_config() / "escalation.yaml").read_text(encoding="utf-8")
    assert text.count(before) == 1
    text = text.replace(before, after)
    (tmp_path / "escalation.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    (problem,) = refused.value.problems
    line = text[: text.index(after)].count("\n") + 1
    assert problem.where == f"{tmp_path / 'escalation.yaml'}:{line}"


def test_a_single_county_may_have_its_unit_by_name() -> None:
    """Then one name says it for all."""
    content = SETTINGS.escalation.model_dump()
    content |= {"county_unit": "中共甘州区委政法委员会", "counties": {"620702": "甘州区"}}
    assert EscalationSettings.model_validate(content).county_unit == "中共甘州区委政法委员会"


@pytest.mark.parametrize(
    "written",
    ["1730", "18", "0", "1.5", "07", '"17:30Z"', '"17:30+08:00"', '"24:00"', "5:30pm", ""],
)
def test_a_closing_hour_that_is_no_time_of_the_day_is_refused_with_its_line(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1730 was half past midnight in UTC, and the approval of every letter a stack trace."""
    monkeypatch.setenv("WARNING_LANG", "en")
    text = (packaged_config() / "escalation.yaml").read_text(encoding="utf-8")
    before, after = 'closing_hour: "17:30:00"', f"closing_hour: {written}"
    (tmp_path / "escalation.yaml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    (problem,) = refused.value.problems
    line = text[: text.index(before)].count("\n") + 1
    assert problem.where == f"{tmp_path / 'escalation.yaml'}:{line}"
    assert problem.expected == "a time of the day, such as 17:30"


@pytest.mark.parametrize("written", ["17:30", '"17:30"', "17:30:00"])
def test_a_closing_hour_is_written_with_and_without_quotes_and_seconds(
    written: str, tmp_path: Path
) -> None:
    """All of them are the default: the configuration's hash is the same."""
    text = (packaged_config() / "escalation.yaml").read_text(encoding="utf-8")
    text = text.replace('closing_hour: "17:30:00"', f"closing_hour: {written}")
    (tmp_path / "escalation.yaml").write_text(text, encoding="utf-8")
    assert load_settings(tmp_path).hash == SETTINGS.hash


def test_the_other_counties_of_a_case_are_named_and_get_a_copy():
    """Not those of a case of violence: a victim may have fled to one."""
    incidents = pd.DataFrame({"incident_id": ["i-1", "i-2", "i-3", "i-4"],
                              "county_code": ["620725", "620702", "620702", "620721"]})  # fmt: skip
    records = incidents.assign(domestic_violence=incidents["incident_id"] == "i-3")
    records["county_code"] = ["620725", None, "620702", "620721"]
    members = pd.DataFrame({"case_id": ["c-1", "c-1", "c-2", "c-2", "c-3"],
                            "incident_id": ["i-1", "i-2", "i-3", "i-4", "i-1"]})  # fmt: skip
    history = SimpleNamespace(records=records, case_incidents=members)
    asked = history, SimpleNamespace(incidents=incidents), pd.Series(["c-1", "c-2", "c-3"])
    both = ("620702", "620725")
    assert counties_of(*asked) == {"c-1": both, "c-2": ("620702", "620721")}
    assert told_counties(*asked) == {"c-1": both}
    office = Office()
    office.case("c-1", "red")
    drafted = propose(*office.frames(), office.settings, office.now, spread=counties_of(*asked),
                      copied=told_counties(*asked))  # fmt: skip
    (letter,) = rows_of(drafted.letters)
    assert letter["recipient"] == "中共甘州区委政法委员会"
    assert letter["content"]["copies"] == ["中共山丹县委政法委员会"]
    assert "涉及2个县区" in drafted.task_forces["reason"].item()
    told = CaseFile("c-1", "matter", "甘州区", "邻里", "red", 0.5, "近90天3次", (), (), False,
                    counties=("甘州区", "山丹县"))  # fmt: skip
    assert "报告分属甘州区、山丹县。" in words(letter_document(letter, told))
    assert "属地不明" not in words(letter_document(letter, told))
    plan = task_force_document(rows_of(drafted.task_forces)[0], told)
    assert "报告分属甘州区、山丹县。" in words(plan)


def test_a_letter_of_no_known_county_asks_whose_it_is_first():
    """The city's unit is its recipient and its sender."""
    office = Office()
    office.case("c-1", "yellow", county=None)
    (letter,) = office.night()
    told = CaseFile("c-1", "matter", "", "邻里", "yellow", 0.5, "近90天3次", (), (), False)
    assert is_unplaced(letter)
    assert "请先核定属地" in words(letter_document(letter, told))


def test_a_plan_of_no_known_county_asks_whose_it_is_first():
    """And is marked where plans are listed; one of a known county does neither."""
    for county, name in (("620702", "甘州区"), (None, "")):
        office = Office()
        office.case("c-1", "red", county=county)
        office.night()
        (force,) = office.task_forces
        told = CaseFile("c-1", "matter", name, "邻里", "red", 0.5, "近90天3次", (), (), False)
        asked = words(task_force_document(force, told)).partition("县、乡、村三级包抓到人")[0]
        assert ("请先核定属地，再按属地办理" in asked) == (not name)
        assert is_unplaced_plan(force) == (not name)


def test_units_that_the_configuration_names_otherwise_since_are_told():
    """Of each case of a letter; one that is addressed as it would be today says nothing."""
    line = {"unit": "甲县综治中心", "county": "620702", "parent": "甲县县委"}
    settings = having(line, bundle=("提示函",))
    office = Office(settings=settings)
    office.case("c-1", "yellow")
    office.case("c-2", "yellow")
    (letter,) = office.night()
    assert readdressed_since(letter, settings) == []
    for changes, told in (
        ({"directory": (Unit(**line | {"unit": "乙"}),)}, "recipient 乙, not 甲县综治中心"),
        ({"directory": (Unit(**line | {"parent": "乙"}),)}, "a copy to 乙"),
        ({"city_unit": "社工部"}, "sender 社工部, not 中共张掖市委政法委员会"),
        ({"masthead": "社工部"}, "masthead 社工部, not 中共张掖市委政法委员会"),
    ):
        (said,) = readdressed_since(letter, settings.model_copy(update=changes))
        assert said == f"note: by today's escalation.yaml: {told}"
    (other,) = letter["content"]["others"]
    moved = {**letter, "content": {**letter["content"], "others": [{**other, "county_code": ""}]}}
    assert "甲县综治中心, 中共张掖市委政法委员会, not" in readdressed_since(moved, settings)[0]
