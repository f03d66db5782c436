"""Who may approve what: posts, officers, and what is refused."""

from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

from tests.escalation.office import SETTINGS
from warning.errors import RefusedError, SettingsError
from warning.escalation.approval import check_approver
from warning.escalation.task_forces import extend, move
from warning.settings import load_settings

AT = pd.Timestamp("2025-09-01 09:00:00")
OFFICERS = {"王强": "科长", "张华": "副书记", "李明": "书记"}
STAFFED = SETTINGS.model_copy(update={"officers": OFFICERS})
FORCE = {"task_force_id": "t-1", "status": "proposed", "version": 1, "content": {}}


@pytest.mark.parametrize("officer", OFFICERS)
@pytest.mark.parametrize("post", ["科长", "副书记", "书记"])
def test_a_post_approves_what_a_lower_one_may_and_no_more(officer: str, post: str) -> None:
    """The order of posts decides, and a refusal says who may."""
    if SETTINGS.posts.index(OFFICERS[officer]) >= SETTINGS.posts.index(post):
        check_approver("d-1", officer, post, STAFFED)
    else:
        with pytest.raises(RefusedError, match=post):
            check_approver("d-1", officer, post, STAFFED)


def test_whoever_is_not_listed_approves_nothing() -> None:
    """A list of officers holds for all letters."""
    with pytest.raises(RefusedError, match="officers"):
        check_approver("d-1", "路人", "科长", STAFFED)


def test_without_a_list_any_named_officer_approves() -> None:
    """Then the platform knows who its officers are."""
    check_approver("d-1", "路人", "书记", SETTINGS)


def test_a_draft_with_a_post_that_is_gone_waits_for_the_highest() -> None:
    """Letters outlive the settings they were drafted under."""
    check_approver("d-1", "李明", "主任", STAFFED)
    with pytest.raises(RefusedError):
        check_approver("d-1", "张华", "主任", STAFFED)


def test_a_task_force_is_started_and_extended_by_its_post() -> None:
    """Declining one, or noting progress, is anyone's."""
    with pytest.raises(RefusedError, match="书记"):
        move(FORCE, "active", "王强", AT, "", STAFFED)
    active = move(FORCE, "active", "李明", AT, "", STAFFED)
    with pytest.raises(RefusedError, match="书记"):
        extend(active, 5, "张华", AT, "节假日", STAFFED)
    assert extend(active, 5, "李明", AT, "节假日", STAFFED)["content"]["due_on"]
    assert move(FORCE, "declined", "王强", AT, "不需要", STAFFED)["status"] == "declined"


def test_names_that_stand_nowhere_are_told_with_their_lines(tmp_path: Path) -> None:
    """A post, a step and a letter that do not exist: each in its line, all at once."""
    packaged = Path(str(resources.files("warning") / "config" / "escalation.yaml"))
    text = packaged.read_text(encoding="utf-8")
    for before, after in (
        ("officers: {}", "officers: {王强: 主任}"),
        ("start: {}", "start: {red: 警告函}"),
        ("bundle: []", "bundle: [提示函, 说明函]"),
    ):
        assert text.count(before) == 1
        text = text.replace(before, after)
    (tmp_path / "escalation.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_settings(tmp_path)
    lines = text.splitlines()
    found = {}
    for problem in told.value.problems:
        line = int(problem.where.rsplit(":", 1)[1])
        found[lines[line - 1].partition(":")[0]] = str(problem)
    assert set(found) == {"officers", "start", "bundle"}
    assert "officers.王强" in found["officers"]
    assert "主任" in found["officers"]
    assert "科长、副书记、书记" in found["officers"]
    assert "警告函" in found["start"]
    assert "说明函" in found["bundle"]
