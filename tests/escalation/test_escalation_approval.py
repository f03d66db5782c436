"""Who may approve what: posts, officers, and what is refused."""

import pandas as pd
import pytest

from tests.escalation.office import SETTINGS
from warning.errors import RefusedError
from warning.escalation.approval import check_approver
from warning.escalation.task_forces import extend, move
from warning.settings.escalation import EscalationSettings

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


def test_officers_and_letters_name_posts_that_exist() -> None:
    """A post that stands nowhere is told when the file is read."""
    values = SETTINGS.model_dump() | {"officers": {"王强": "主任"}}
    with pytest.raises(ValueError, match="主任"):
        EscalationSettings(**values)
