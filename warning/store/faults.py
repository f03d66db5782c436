"""A database driver's fault in words that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from warning.database_url import shown
from warning.errors import Problem, StoreError
from warning.language import say

Words = tuple[tuple[str, str], tuple[str, str]]  # found, action; each Chinese, English

BUSY: Words = (
    ("存储正被另一个进程使用", "the store is in use by another process"),
    ("等另一次运行结束后重试", "wait for the other run to end and try again"),
)
READ_ONLY: Words = (
    ("存储是只读的", "the store is read-only"),
    ("检查文件和目录（或数据库账号）的写权限",
     "check the write permission of the file and its directory, or of the database's user"),
)  # fmt: skip
FULL: Words = (
    ("磁盘已满，本次写入已全部撤销", "the disk is full; this write was undone as a whole"),
    ("腾出空间后重新运行", "free some space and run again"),
)
DAMAGED: Words = (
    ("存储文件已损坏", "the store file is damaged"),
    ("从备份恢复：warning restore", "restore a backup: warning restore"),
)
GONE: Words = (
    ("数据库没有应答或中断了连接，未完成的写入已撤销",
     "the database does not answer or went away; unfinished writes are undone"),
    ("检查数据库是否启动、地址是否正确，然后重新运行",
     "check that it runs and that its address is right, then run again"),
)  # fmt: skip
NOT_LET_IN: Words = (
    ("数据库拒绝登录", "the database does not let this user in"),
    ("检查用户名、密码和 pg_hba.conf", "check the user, the password and pg_hba.conf"),
)
NO_DATABASE: Words = (
    ("服务器上没有这个数据库", "the server has no such database"),
    ("先建立：createdb -E UTF8 名称", "make it first: createdb -E UTF8 NAME"),
)
NO_MEMORY: Words = (
    ("数据库内存不足，未完成的写入已撤销",
     "the database ran out of memory; unfinished writes are undone"),
    ("减少同时运行的任务或增加内存后重新运行", "give it more memory and run again"),
)  # fmt: skip
TOO_MANY: Words = (
    ("数据库连接数已满", "the database has no connection left"),
    ("关闭别的连接或调高 max_connections", "close others or raise max_connections"),
)
WRITE_FAILED: Words = (
    ("写入磁盘失败，本次写入已全部撤销", "writing to the disk failed; this write was undone"),
    ("检查磁盘空间、文件大小限制和硬件，然后重新运行",
     "check its space, file size limits and hardware, then run again"),
)  # fmt: skip

#: What SQLite's message contains → words.
SQLITE: tuple[tuple[str, Words], ...] = (
    ("locked", BUSY),
    ("readonly", READ_ONLY),
    ("unable to open", (("无法打开存储文件", "the store file cannot be opened"),
                        ("检查路径和权限", "check its path and permissions"))),
    ("full", FULL),
    ("disk I/O error", WRITE_FAILED),
    ("not a database", (("该文件不是 warning 的存储", "this file is not a store of warning"),
                        ("换一个文件名，或从备份恢复", "name another file, or restore a backup"))),
    ("malformed", DAMAGED),
)  # fmt: skip

#: How PostgreSQL's SQLSTATE begins → words; the messages themselves are in the server's language.
POSTGRESQL: tuple[tuple[str, Words], ...] = (
    ("55P03", BUSY),
    ("40", BUSY),
    ("25006", READ_ONLY),
    ("42501", READ_ONLY),
    ("53100", FULL),
    ("53200", NO_MEMORY),
    ("53300", TOO_MANY),
    ("28", NOT_LET_IN),
    ("3D000", NO_DATABASE),
    ("08", GONE),
    ("57P", GONE),
    ("58", WRITE_FAILED),
    ("XX", DAMAGED),
)


def words_of(error: DBAPIError) -> Words | None:
    """Found and action of a driver's error; None for what is a fault of the program."""
    original = error.orig
    message = str(original)
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return next((words for sign, words in POSTGRESQL if state.startswith(sign)), None)
    if type(original).__module__.startswith("psycopg"):
        # No SQLSTATE: the connection itself failed; the server's words are all there is.
        if "authentication failed" in message or "no pg_hba.conf entry" in message:
            return NOT_LET_IN
        if "does not exist" in message:
            return NO_DATABASE
        return GONE if type(original).__name__ in {"OperationalError", "InterfaceError",
                                                   "ConnectionTimeout"} else None  # fmt: skip
    return next((words for sign, words in SQLITE if sign in message), None)


@contextmanager
def faults_in_words(url: str) -> Iterator[None]:
    """Turn a database driver's fault into a :class:`StoreError`; anything else passes through."""
    try:
        yield
    except DBAPIError as error:
        words = words_of(error)
        if words is None:
            raise
        found, action = words
        raise StoreError(
            Problem(
                shown(url),
                say(*found),
                say("可读写的存储", "a store that can be read and written"),
                say(*action),
            )
        ) from error
