"""Every category, county and kind of letter has its recipient, or the check says which has not."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from warning.cli import run
from warning.errors import SettingsError
from warning.escalation.ladder import is_due_soon
from warning.escalation.recipients import contact_of, coverage, recipient_of, unresolved
from warning.settings import load_settings, packaged_config
from warning.settings.escalation import EscalationSettings, Unit

SETTINGS = load_settings()
CATEGORIES = tuple(SETTINGS.channels.taxonomy)


def having(*units: dict[str, object], **changes: object) -> EscalationSettings:
    """The packaged settings with a directory."""
    lines = tuple(Unit(**unit) for unit in units)
    return SETTINGS.escalation.model_copy(update={"directory": lines, **changes})


@pytest.mark.parametrize("key", ["withheld_words", "refuge_words"])
@pytest.mark.parametrize("word", ["", "  ", "\u3000", "\u200b"])
def test_a_word_of_petitions_or_refuges_is_not_blank(word, key):
    """It would make every record one; the message names its place."""
    said = SETTINGS.escalation.model_dump() | {key: ["信访", word]}
    with pytest.raises(ValidationError, match="a text, not blank") as refused:
        EscalationSettings.model_validate(said)
    assert refused.value.errors()[0]["loc"] == (key, 1)


def test_every_combination_of_the_packaged_configuration_resolves():
    """Six counties, every category, five letters."""
    assert unresolved(SETTINGS.escalation, CATEGORIES) == []
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
    ("line", "told"),
    [
        ({"unit": "某局", "county": "110101"}, "no county"),
        ({"unit": "某局", "category": "77"}, "no category"),
        ({"unit": "某局", "letters": ["劝导函"]}, "no kind of letter"),
        ({"unit": "{town}某局"}, "cannot be filled"),
        ({"unit": " "}, "no recipient"),
    ],
)
def test_what_does_not_resolve_is_named(line, told):
    """A line that can never count, or a name that cannot be filled."""
    found = unresolved(having(line), CATEGORIES)
    assert len(found) == 1
    assert told in str(found[0])


def test_check_reports_them(night_store, tmp_path, monkeypatch, capsys):
    """``warning check`` ends with 2, the wrong configuration's exit, and names the line."""
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), tmp_path / "w.db")
    shutil.copytree(packaged_config(), tmp_path / "trial")
    trial = tmp_path / "trial" / "escalation.yaml"
    text = trial.read_text("utf-8")
    trial.write_text(text.replace("directory: []", "directory: [{unit: '{town}局'}]"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")
    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipients_unresolved"] == []
    assert run(["check", "--config", "trial"]) == 2
    assert "{town}" in capsys.readouterr().err


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
    ],
)  # fmt: skip
def test_a_blank_name_of_a_letters_head_is_refused_with_its_line(
    before: str, after: str, tmp_path: Path
) -> None:
    """Letters went out with no masthead, to a unit that is the same in every county."""
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
