"""Who runs the program, as the machine and sudo tell it."""

import os
import pwd
from collections.abc import Mapping

#: Letters of an account's name that are kept at the most.
LONGEST = 64


def account(environment: Mapping[str, str] = os.environ) -> str:
    """Who runs the program: ``warning``, or ``alice (warning)`` where alice became it by sudo.

    The kernel tells the account. Who became it stands in ``SUDO_USER`` alone, which sudo sets:
    whoever can become the account by another way (su, a shell of it) can set it as they like.
    """
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    before = who_became(environment)
    return f"{before} ({name})" if before and before != name else name


def who_became(environment: Mapping[str, str] = os.environ) -> str:
    """Whom sudo says to be behind the account; empty without sudo."""
    told = environment.get("SUDO_USER", "")[:LONGEST]
    return "".join(letter if letter.isprintable() else "?" for letter in told).strip()
