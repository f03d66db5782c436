"""A database driver's fault in words that say what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

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
    ("检查文件、旁边的 -wal 和 -shm 以及目录的写权限",
     "check the write permission of the file, of the -wal and -shm beside it, and of the directory"),
)  # fmt: skip
READ_ONLY_SERVER: Words = (
    ("存储是只读的", "the store is read-only"),
    ("关闭账号、数据库或服务器的 default_transaction_read_only；若这是备用服务器，请连接主服务器",
     "turn default_transaction_read_only off (of the user, the database or the server); where this "
     "is a standby, connect to the primary"),
)  # fmt: skip
NO_RIGHT: Words = (
    ("数据库账号在存储中没有所需的权限", "the database's user lacks a right to the store"),
    ("用建立存储的账号，或授予（GRANT）各表和序列的读写权限",
     "use the user that made the store, or GRANT what it lacks of its tables and sequences"),
)  # fmt: skip
HIDDEN: Words = (
    ("存储的表启用了行级安全，会向数据库账号隐藏部分行",
     "row-level security on the store's tables would hide rows from the database's user"),
    ("用表的所有者或有 BYPASSRLS 的账号，或对这些表执行 ALTER TABLE … DISABLE ROW LEVEL SECURITY",
     "use the tables' owner or a user with BYPASSRLS, or ALTER TABLE … DISABLE ROW LEVEL SECURITY"),
)  # fmt: skip
FULL: Words = (
    ("磁盘已满", "the disk is full"),
    ("腾出空间后重新运行", "free some space and run again"),
)
DAMAGED: Words = (
    ("存储文件已损坏", "the store file is damaged"),
    ("从备份恢复：warning restore", "restore a backup: warning restore"),
)
GONE: Words = (
    ("数据库没有应答或中断了连接", "the database does not answer or went away"),
    ("检查数据库是否启动、地址是否正确，然后重新运行",
     "check that it runs and that its address is right, then run again"),
)  # fmt: skip
NOT_CONNECTED: Words = (
    ("数据库没有应答", "the database does not answer"),
    GONE[1],
)
NOT_ENCRYPTED: Words = (
    ("与数据库的加密连接（SSL）没有建成",
     "the encrypted connection (SSL) to the database was not made"),
    ("在服务器上打开 ssl；把签发其证书的 CA 放在 ~/.postgresql/root.crt（或写明 sslrootcert），"
     "主机名须与证书一致",
     "turn ssl on at the server; put the CA of its certificate in ~/.postgresql/root.crt (or name "
     "it by sslrootcert), and name the host as the certificate does"),
)  # fmt: skip
NO_SERVICE: Words = (
    ("没有找到存储地址中的 service", "the service that the store's URL names was not found"),
    ("在 PGSERVICEFILE 或 ~/.pg_service.conf 中定义它，或改正名称",
     "define it in PGSERVICEFILE or ~/.pg_service.conf, or correct its name"),
)  # fmt: skip
WRONG_PORT: Words = (
    ("存储地址中的端口无效", "the port in the store's URL is none"),
    ("改为 1 至 65535 的数", "make it a number from 1 to 65535"),
)
NOT_LET_IN: Words = (
    ("数据库拒绝登录", "the database does not let this user in"),
    ("检查用户名、密码和 pg_hba.conf", "check the user, the password and pg_hba.conf"),
)
NO_DATABASE: Words = (
    ("服务器上没有这个数据库", "the server has no such database"),
    ("先建立：createdb -E UTF8 名称", "make it first: createdb -E UTF8 NAME"),
)
NO_CONNECT: Words = (
    ("数据库不许这个账号连接", "the database does not admit this user"),
    ("执行 GRANT CONNECT ON DATABASE 名称 TO 账号", "GRANT CONNECT ON DATABASE NAME TO the user"),
)
CLOSED: Words = (
    ("数据库设为不接受连接", "the database is set to take no connections"),
    ("执行 ALTER DATABASE 名称 ALLOW_CONNECTIONS true；若是模板数据库，换一个数据库",
     "ALTER DATABASE NAME ALLOW_CONNECTIONS true; where it is a template, name another one"),
)  # fmt: skip
WRONG_OPTION: Words = (
    ("服务器不接受连接选项", "the server does not take an option of the connection"),
    ("改正存储地址或 PGOPTIONS 中的 options：-c 名称=值；是哪一项见数据库日志",
     "correct the options of the URL or PGOPTIONS: -c NAME=VALUE; the database's log says which"),
)  # fmt: skip
WRONG_SETTING: Words = (
    (
        "存储地址中有一项设置无效",
        "a setting of the store's URL is none of the driver's, or its value",
    ),
    ("改正地址中 ? 之后的部分", "correct what follows the ? in it"),
)
NO_MEMORY: Words = (
    ("数据库内存不足", "the database ran out of memory"),
    ("减少同时运行的任务，增加内存（锁不够时调高 max_locks_per_transaction），然后重新运行",
     "give it more memory (where locks were lacking, raise max_locks_per_transaction) and run again"),
)  # fmt: skip
LIMIT: Words = (
    ("数据库达到了服务器设定的上限", "the database reached a limit that its server sets"),
    ("数据库日志写明是哪一项（temp_file_limit、max_stack_depth、max_files_per_process 等）；"
     "调高后重新运行",
     "the database's log says which (temp_file_limit, max_stack_depth, max_files_per_process, …): "
     "raise it and run again"),
)  # fmt: skip
TOO_MANY: Words = (
    ("数据库连接数已满", "the database has no connection left"),
    ("关闭别的连接或调高 max_connections", "close others or raise max_connections"),
)
TOO_MANY_OF_ITS_OWN: Words = (
    ("账号或数据库自己的连接数上限已满",
     "the user or the database has no connection left under its own limit"),
    ("调高 ALTER ROLE 或 ALTER DATABASE … CONNECTION LIMIT：一夜要用 2 个连接，同时运行的每个命令各另要 1 个以上",
     "raise ALTER ROLE or ALTER DATABASE … CONNECTION LIMIT: a night takes 2, each command beside it "
     "1 or more"),
)  # fmt: skip
NO_TABLE: Words = (
    ("存储缺少一张表", "a table of the store is gone"),
    ("从备份恢复：warning restore", "restore a backup: warning restore"),
)
ALTERED: Words = (
    ("存储的表缺少一列，或缺少它所用的函数或类型",
     "a column of the store is gone, or a function or type that it needs"),
    ("撤销对数据库的改动，或从备份恢复：warning restore",
     "undo what was altered in the database, or restore a backup: warning restore"),
)  # fmt: skip
NOT_LET_THROUGH: Words = (
    ("数据库中的触发器或函数拒绝了操作", "a trigger or function of the database refused it"),
    ("数据库日志写明是哪一个；去掉不是本程序建立的触发器",
     "the database's log says which: drop triggers that this program has not made"),
)  # fmt: skip
NO_SCHEMA: Words = (
    ("没有可以建表的模式（schema）", "there is no schema to make tables in"),
    ("建立它，或改正 search_path（存储地址或 PGOPTIONS 的 options、账号或数据库的设置）",
     "make it, or correct search_path (the URL's options or PGOPTIONS, the user's or the "
     "database's settings)"),
)  # fmt: skip
BROKEN_OFF: Words = (
    ("数据库中断了操作（超时，或有人取消）",
     "the database broke it off (a limit of time, or somebody cancelled it)"),
    ("重新运行；若再次发生，看数据库日志是谁中断的",
     "run again; if it happens again, the database's log says who broke it off"),
)  # fmt: skip
NOT_HELD: Words = (
    ("数据库的编码存不下这些文字，本次写入已全部撤销",
     "the database's encoding cannot hold these texts; this write was undone as a whole"),
    ("备份后恢复到 UTF8 的数据库（createdb -E UTF8 -T template0）",
     "back it up and restore it into a database in UTF8 (createdb -E UTF8 -T template0)"),
)  # fmt: skip
NO_MOMENT: Words = (
    ("存储中有一个时间不在公元 1 至 9999 年，不是本程序写入的",
     "a moment in the store lies outside the years 1 to 9999; this program did not write it"),
    ("在数据库中改正它（审计记录的，warning audit verify 指出是哪一条），或从备份恢复：warning restore",
     "correct it in the database (of the audit, warning audit verify tells which entry), or restore "
     "a backup: warning restore"),
)  # fmt: skip
POOLED: Words = (
    ("连接池（如 PgBouncer）按事务分配会话", "a pooler (PgBouncer) gives each transaction another session"),
    ("连接池改用 session 模式，或直接连接数据库",
     "set the pooler to session mode, or connect to the database directly"),
)  # fmt: skip
WRITE_FAILED: Words = (
    ("写入磁盘失败", "writing to the disk failed"),
    ("检查磁盘空间、文件大小限制和硬件，然后重新运行",
     "check its space, file size limits and hardware, then run again"),
)  # fmt: skip

#: After these it is said that nothing half written is left.
UNDOING = (FULL, GONE, NO_MEMORY, LIMIT, BROKEN_OFF, WRITE_FAILED)
UNDONE = ("，未完成的写入已撤销", "; unfinished writes are undone")

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
    ("Could not decode to UTF-8", DAMAGED),
    ("no such table", NO_TABLE),
)  # fmt: skip

#: What the store's own trigger says: whoever meets it is a fault of the program.
OWN_REFUSAL = "the audit only grows"

#: How PostgreSQL's SQLSTATE begins → words; the messages themselves are in the server's language.
POSTGRESQL: tuple[tuple[str, Words], ...] = (
    ("55P03", BUSY),
    ("40", BUSY),
    ("22021", NOT_HELD),
    ("22P05", NOT_HELD),
    ("25006", READ_ONLY_SERVER),
    ("42501", NO_RIGHT),
    ("53100", FULL),
    ("53200", NO_MEMORY),
    ("53300", TOO_MANY),
    ("53", LIMIT),
    ("54001", LIMIT),
    ("55006", BUSY),
    ("28", NOT_LET_IN),
    ("3D000", NO_DATABASE),
    ("3F000", NO_SCHEMA),
    ("42P01", NO_TABLE),
    ("42703", ALTERED),
    ("42704", ALTERED),
    ("42883", ALTERED),
    ("P0001", NOT_LET_THROUGH),
    ("26000", POOLED),
    ("42P05", POOLED),
    ("25P03", BROKEN_OFF),
    ("25P04", BROKEN_OFF),
    ("72000", BROKEN_OFF),
    ("08", GONE),
    ("57P", GONE),
    ("57", BROKEN_OFF),
    ("58P01", DAMAGED),
    ("58", WRITE_FAILED),
    ("XX", DAMAGED),
)

#: What a connection that failed says, for then there is no SQLSTATE → words. The server's messages
#: are English or, where it was made so, Chinese.
CONNECTING: tuple[tuple[str, Words], ...] = (
    (r"too many connections for (role|database)|(发起的|到数据库 .*)连接太多", TOO_MANY_OF_ITS_OWN),
    (r"too many (clients|connections)|connection slots|太多|连接位置", TOO_MANY),
    (r"authentication failed|认证失败|pg_hba\.conf|no password supplied", NOT_LET_IN),
    (r'role ".*" (does not exist|is not permitted)|角色 ?".*"', NOT_LET_IN),
    (r'database ".*" does not exist|数据库 ".*" 不存在', NO_DATABASE),
    (r"permission denied for database|CONNECT privilege|没有CONNECT权限", NO_CONNECT),
    (r"not currently accepting connections|当前不接受联接", CLOSED),
    (r"configuration parameter|配置参数|requires a value|需要一个值|for parameter|set parameter",
     WRONG_OPTION),
    (r"command-line argument|命令行参数", WRONG_OPTION),
    (r"definition of service|service file", NO_SERVICE),
    (r"invalid port|invalid integer value .* for connection option \"port\"", WRONG_PORT),
    (r"invalid connection option|invalid \w+ value", WRONG_SETTING),
    # A connection that breaks off, at work or while it begins, tells of SSL, too.
    (r"^connection (failed|is bad)(.|\n)*(SYSCALL|closed unexpectedly|administrator command)", NOT_CONNECTED),
    (r"^connection (failed|is bad)(.|\n)*(\bSSL\b|certificate|root\.crt)", NOT_ENCRYPTED),
    (r"^connection (failed|is bad|timeout)|^failed to resolve", NOT_CONNECTED),
)  # fmt: skip


def words_of(error: DBAPIError) -> Words | None:
    """Found and action of a driver's error; None for what is a fault of the program."""
    return _words_of(error.orig)


def reason_of(error: Exception) -> str:
    """Why a driver could not do what leaves nothing to undo: in our words, else in its own."""
    original = error.orig if isinstance(error, DBAPIError) else error
    words = _words_of(original)
    return say(*words[0]) if words else str(original).strip()


def _words_of(original: BaseException | None) -> Words | None:
    message = str(original)
    state, diagnosis = getattr(original, "sqlstate", None), getattr(original, "diag", None)
    if state is not None:
        # Whether the right that is lacking is that to see every row, the server's function tells.
        if getattr(diagnosis, "source_function", None) == "check_enable_rls":
            return HIDDEN
        if OWN_REFUSAL in message:
            return None
        return next((words for sign, words in POSTGRESQL if state.startswith(sign)), None)
    if type(original).__module__.startswith("psycopg"):
        if type(original).__name__ not in {"OperationalError", "InterfaceError",
                                           "ConnectionTimeout"}:  # fmt: skip
            if re.search(r"(date|timestamp\w*) too (large|small)", message):
                return NO_MOMENT
            # The driver takes a name that it does not know for a fault of the program.
            return WRONG_SETTING if "invalid connection option" in message else None
        return next((words for sign, words in CONNECTING if re.search(sign, message)), GONE)
    return next((words for sign, words in SQLITE if sign in message), None)


@contextmanager
def as_database_error(statement: str) -> Iterator[None]:
    """Give a fault of PostgreSQL's driver, asked by itself, the form that SQLAlchemy gives it.

    Raises:
        DBAPIError: for each of the driver's faults; so :func:`faults_in_words` finds it.
    """
    import psycopg  # only who uses PostgreSQL has it installed

    try:
        yield
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
    except psycopg.Error as error:
        raise DBAPIError(statement, None, error) from error


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
                say(*found) + (say(*UNDONE) if words in UNDOING else ""),
                say("可读写的存储", "a store that can be read and written"),
                say(*action),
            )
        ) from error
