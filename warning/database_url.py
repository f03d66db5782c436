"""A database's URL: read, and shown without its secrets."""

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from warning.language import say

#: What of a query is shown beside account, host and database: no secret is among it.
SHOWN = frozenset({"host", "hostaddr", "options", "port", "service", "sslmode", "user"})


def parsed(url: str) -> URL:
    """The parts of a URL.

    Raises:
        ArgumentError: it cannot be read; told without its secrets.
    """
    found = _parts(url)
    if found is None:
        raise ArgumentError(
            say(
                f"{shown(url)} 无法读取，应为 postgresql://用户@主机:端口/库名，端口是数字",
                f"{shown(url)} cannot be read: postgresql://user@host:port/database is "
                "expected, the port a number",
            )
        )
    if found.get_backend_name() != "sqlite" and "@" in f"{found.host}{found.database}":
        raise ArgumentError(
            say("用户名或密码中的 @ 应写作 %40", "an @ in a user or password is written %40")
        )
    return found


def shown(url: str) -> str:
    """The URL without its secrets; nothing after the scheme where a password may end elsewhere.

    >>> shown("postgresql://host/city?user=warn&password=secret")
    'postgresql://host/city?user=warn'
    >>> shown("postgresql:////warn@host/city")
    'postgresql://***'
    """
    found = _parts(url)
    if found is not None and found.get_backend_name() == "sqlite" and found.password is None:
        return url
    # The first @ ends a password: what stands before a second one may be the rest of it.
    if found is None or url.count("@") > int(found.username is not None):
        scheme, colon, _ = url.partition(":")
        return f"{scheme}://***" if colon else "***"
    return found.difference_update_query(set(found.query) - SHOWN).render_as_string()


def _parts(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is told with its text
        return None
