"""Who may approve: the posts of an office, lowest first, and who holds them."""

from warning.errors import Problem, RefusedError
from warning.language import say
from warning.settings.escalation import EscalationSettings
from warning.spelling import legible


def check_approver(subject: str, officer: str, post: str, settings: EscalationSettings) -> None:
    """Refuse an approval that is not the officer's to give.

    Without a list of officers every named officer may approve; whoever calls the engine then
    answers for that. A higher post may approve what a lower one may.

    Args:
        subject: id of the letter or task force.
        officer: the name that was given.
        post: the post that must approve, one of ``settings.posts``; "" for anyone named.
        settings: posts and officers.

    Raises:
        RefusedError: the officer is not on the list, or the post is too low.
    """
    if not settings.officers or not post:
        return
    posts, held = settings.posts, settings.officers.get(legible(officer))
    # A draft of older settings may name a post that is gone: then the highest approves.
    least = posts.index(post) if post in posts else len(posts) - 1
    if held is not None and posts.index(held) >= least:
        return
    raise RefusedError(
        Problem(
            subject,
            say(f"{officer} 不在 officers 名单中", f"{officer} is not among officers")
            if held is None
            else say(f"{officer} 的职务是{held}", f"{officer} holds the post {held}"),
            say(f"{post}或更高职务者批准", f"approval by the post {post} or a higher one"),
            say(
                "请有权批准的人批准，或改 escalation.yaml 的 officers",
                "ask whoever may approve, or change officers in escalation.yaml",
            ),
        )
    )
