"""A database's URL: read, and shown without its secrets."""

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from warning.language import say

#: What of a query is shown beside account, host and database: no secret is among it.
SHOWN = frozenset({"host", "hostaddr", "options", "port", "service", "sslmode", "user"})

#: What a query may say to SQLite's driver.
OF_SQLITE = frozenset(
    {"cached_statements", "check_same_thread", "detect_types", "isolation_level", "timeout"}
)

#: What PostgreSQL's driver takes as an argument of its own: a query's text is no value for it.
OF_THE_DRIVER = frozenset(
    {"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"}
)


def parsed(url: str) -> URL:
    """The parts of a URL.

    Raises:
        ArgumentError: it cannot be read, names an SQLite file otherwise than by its path, or has
            an argument of PostgreSQL's driver among its settings; told without its secrets.
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
    if found.get_backend_name() == "sqlite":
        _check_file(url, found)
    elif own := sorted(OF_THE_DRIVER & set(found.query)):
        named = ", ".join(own)
        raise ArgumentError(
            say(
                f"{named} 不能写在地址中，请去掉", f"{named} cannot be set by the URL: leave it out"
            )
        )
    elif "@" in f"{found.host}{found.database}":
        raise ArgumentError(
            say("用户名或密码中的 @ 应写作 %40", "an @ in a user or password is written %40")
        )
    return found


def _check_file(url: str, found: URL) -> None:
    """An SQLite address is that of a file, whole."""
    name = found.database or ""
    if name.startswith("file:"):
        raise ArgumentError(
            say(
                f"{shown(url)} 是 SQLite 自己的地址（file:），应直接写文件：sqlite:///文件名",
                f"{shown(url)} is an address of SQLite's own (file:), the file itself is expected: "
                "sqlite:///FILE",
            )
        )
    # What follows a question mark is no part of the name: another file would be made or read.
    _, _, rest = url.partition("?")
    if rest and (not found.query or set(found.query) - OF_SQLITE):
        raise ArgumentError(
            say(
                f"{shown(url)} 会被读作文件 {name}，问号之后的 {rest} 不属于文件名；文件名中的 ? 应写作 %3F",
                f"{shown(url)} would be the file {name}, without what follows the question mark, {rest}; "
                "a ? in a name is written %3F",
            )
        )


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
