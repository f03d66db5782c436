"""Letters of a step that was given another name, or taken out of the ladder."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.escalation.office import SETTINGS, Office
from warning.cli import run
from warning.errors import RefusedError, SettingsError
from warning.escalation.renamed import of_no_step
from warning.officers.letters import find_letter, take_step
from warning.settings import load_settings
from warning.settings.escalation import EscalationSettings
from warning.store import Store

PACKAGED = (Path(__file__).parents[2] / "warning" / "config" / "escalation.yaml").read_text("utf-8")


def renamed(formerly: tuple[str, ...]) -> EscalationSettings:
    """The first step is called 提醒函 now."""
    first, *others = SETTINGS.letters
    first = first.model_copy(update={"name": "提醒函", "formerly": formerly})
    return SETTINGS.model_copy(update={"letters": (first, *others)})


def office_with_a_letter() -> tuple[Office, str]:
    """A yellow case whose first letter was received."""
    office = Office()
    office.case("c-1", "yellow")
    office.night()
    (letter_id,) = office.letters
    office.send(letter_id)
    return office, letter_id


def rename(office: Office) -> None:
    """The first step has another name from now on, and its former one is told."""
    office.settings, office.steps = renamed(("提示函",)), ["提醒函", *office.steps[1:]]


def test_letters_of_a_renamed_step_climb_as_before():
    """The case gets no second first letter, and the next step when the first is late."""
    office, letter_id = office_with_a_letter()
    rename(office)
    assert office.night() == []
    assert [row["kind"] for row in office.night(30)] == ["交办函"]
    assert office.letters[letter_id]["kind"] == "提示函"


def test_of_two_open_letters_under_both_names_one_stays_after_a_merge():
    """They are of one step."""
    office, _ = office_with_a_letter()
    rename(office)
    office.case("c-2", "yellow")
    assert [row["kind"] for row in office.night()] == ["提醒函"]
    office.merge("c-2", "c-1")
    office.night()
    assert [row["status"] for row in office.letters.values()] == ["received", "superseded"]
    assert of_no_step(office.frames()[2].letters, office.settings).empty


def test_of_two_steps_made_one_both_letters_of_a_case_stay():
    """No case was merged; when one is, its letter is the second of the step."""
    office, _ = office_with_a_letter()
    office.night(30)
    lower, upper, *others = SETTINGS.letters
    one = lower.model_copy(update={"name": "提醒函", "formerly": (lower.name, upper.name)})
    office.settings = SETTINGS.model_copy(update={"letters": (one, *others)})
    office.steps = [kind.name for kind in office.settings.letters]
    assert office.night() == []
    assert [row["status"] for row in office.letters.values()] == ["overdue", "draft"]
    office.case("c-2", "yellow")
    assert [row["kind"] for row in office.night()] == ["提醒函"]
    office.merge("c-2", "c-1")
    office.night()
    assert [row["status"] for row in office.letters.values()] == ["overdue", "draft", "superseded"]


def test_an_open_letter_of_no_step_is_known_and_can_be_closed():
    """Renamed without a word, or taken out: it never climbs, but an officer ends it."""
    office, letter_id = office_with_a_letter()
    office.settings = renamed(())
    strayed = of_no_step(office.frames()[2].letters, office.settings)
    assert strayed["letter_id"].tolist() == [letter_id]
    office.step(letter_id, "withdrawn")
    assert of_no_step(office.frames()[2].letters, office.settings).empty


def test_a_letter_of_no_step_is_not_done_anew(night_store, tmp_path):
    """It is refused in words and left as it was: no night would draft it."""
    store = tmp_path / "w.db"
    shutil.copy(night_store.removeprefix("sqlite:///"), store)
    packaged = load_settings()
    with Store.open(f"sqlite:///{store}") as opened:
        letter = opened.table("letters").query("kind == '提示函'")["letter_id"].iloc[0]
        strayed = replace(packaged, escalation=renamed(()))
        told = replace(packaged, escalation=renamed(("提示函",)))
        with pytest.raises(RefusedError, match=r"formerly: \[提示函\]"):
            take_step(opened, strayed, letter, "withdrawn", "Li", "有误", redo=True)
        assert find_letter(opened, letter)["status"] == "draft"
        take_step(opened, told, letter, "withdrawn", "Li", "有误", redo=True)
        assert find_letter(opened, letter)["status"] == "withdrawn"


def test_a_former_name_is_no_present_one_and_stands_once(tmp_path):
    """Each fault is told with its line."""
    text = PACKAGED.replace("name: 提示函", "name: 提示函\n    formerly: [交办函, 旧函]")
    text = text.replace("name: 督办函", "name: 督办函\n    formerly: [旧函]")
    (tmp_path / "escalation.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_settings(tmp_path)
    lines = text.splitlines()
    faulty = [lines[int(problem.where.rsplit(":", 1)[1]) - 1] for problem in told.value.problems]
    assert [line.strip() for line in faulty] == ["formerly: [交办函, 旧函]", "formerly: [旧函]"]


def test_check_names_open_letters_of_no_step(night_store, tmp_path, capsys):
    """With their kind and what to do; a former name ends it."""
    store = tmp_path / "w.db"
    shutil.copy(night_store.removeprefix("sqlite:///"), store)
    for text, count in (("name: 提醒函", 1), ("name: 提醒函\n    formerly: [提示函]", 0)):
        (tmp_path / "escalation.yaml").write_text(
            PACKAGED.replace("name: 提示函", text), encoding="utf-8"
        )
        place = ["--store", f"sqlite:///{store}", "--config", str(tmp_path)]
        run(["check", *place, "--json"])
        named = json.loads(capsys.readouterr().out)["letters_of_no_step"]
        assert bool(named) == bool(count)
        assert all(one.endswith(" 提示函") for one in named)
        run(["check", *place])
        assert capsys.readouterr().out.count("formerly: [提示函]") == count
