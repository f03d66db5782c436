"""The console script: builds the commands, turns errors into words and exit codes.

Exit codes: 0 done, 1 a fault in the data or refused, 2 wrong usage or configuration,
3 out of memory, or an unexpected failure (a bug: the only case with a stack trace).
"""

import logging
import os
import resource
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from warning import logs, memory_limit
from warning.arguments import check_pandas
from warning.crash import crash_report
from warning.errors import OutputError, Problem, WarningError
from warning.interrupts import ending_like_an_interrupt, is_interrupt
from warning.language import say
from warning.outputs import FULL
from warning.standard_output import tell_what_cannot_be_written
from warning.streams import give_up, write_what_can_be
from warning.version import __version__
from warning.watching import watched

#: What the command-line library makes of Ctrl-C.
INTERRUPTED = 130


def build_app(command: str | None = None) -> typer.Typer:
    """The commands, in the reader's language; with ``command`` at least that one."""
    from warning import commands

    app = typer.Typer(
        name="warning",
        help=say(
            "在纠纷再次发生之前预警：关联多渠道记录、评分定级、起草督办函件。函件由人签发。例：warning demo",
            "Warns before a quarrel happens again: links reports, grades, drafts. Officials sign. "
            "Example: warning demo",
        ),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def _group(
        version: Annotated[
            bool,
            typer.Option(
                "--version",
                is_eager=True,
                callback=_tell_version,
                help=say("显示版本后退出。", "Show the version and exit."),
            ),
        ] = False,
    ) -> None:
        """A group of commands, even where only one is loaded."""
        check_pandas()

    commands.register(app, command)
    return app


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"warning {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    tell_what_cannot_be_written()
    write_what_can_be()
    # Linear algebra is a small part of the work: threads of it cost memory and save no time. Set
    # before numpy is imported, and here only: a library does not decide for who imports it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if memory_limit.limited():
        sys.exit(watched(lambda: _limited(given), _out_of_memory))
    sys.exit(run(given))


def _limited(arguments: Sequence[str]) -> int:
    """Run one command under a limit of memory."""
    try:
        memory_limit.prepare()
        return run(arguments)
    except BaseException as error:
        if memory_limit.is_shortage(error):  # before the command itself had begun
            return _out_of_memory()
        raise


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code and never raises."""
    # A process that crashes leaves no image of its memory: the records of people are in it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with ending_like_an_interrupt() as asked:
        try:
            return _run(arguments, asked)
        except KeyboardInterrupt:
            return _told(
                1, say("已中断，未完成的写入已撤销", "interrupted; unfinished writes are undone")
            )


def _run(arguments: Sequence[str], asked: Sequence[int]) -> int:
    from warning.commands.console import COMMAND
    from warning.commands.usage import help_in_words, labelled, usage_problem
    from warning.terminal import visible

    noted = COMMAND.set(tuple(arguments))
    try:
        command = typer.main.get_command(build_app(next(iter(arguments), None)))
        with help_in_words(arguments), memory_limit.within_limit():
            result = command.main(list(arguments), prog_name="warning", standalone_mode=False)
        if result == INTERRUPTED:
            raise KeyboardInterrupt
        return result if isinstance(result, int) else 0
    except WarningError as error:
        if is_interrupt(error):  # a driver's fault while it undid what it did
            raise KeyboardInterrupt from error
        if isinstance(error, OutputError):
            give_up(sys.stdout)
        return _told(error.exit_code, "\n".join(visible(str(one)) for one in error.problems))
    except typer.Abort:
        return 1
    except typer.TyperException as error:
        # Without arguments the help is what there is to say.
        bare = type(error).__name__ == "NoArgsIsHelpError"
        told = labelled(error.format_message()) if bare else str(usage_problem(error, arguments))
        _say(visible(told))
        return 2
    except BrokenPipeError:
        # The reader of our output went away (warning cases | head): nothing is wrong here.
        give_up(sys.stdout)
        return 0
    except memory_limit.OutOfMemory:
        return _out_of_memory()
    except OSError as error:
        if memory_limit.is_shortage(error):
            return _out_of_memory()
        return _disk_full(error) if error.errno in FULL else _unexpected(error)
    except UnicodeEncodeError as error:
        # A file's name may be written in any encoding; a text that is kept may not.
        garbled = [text for text in arguments if not _is_text(text)]
        if not garbled and sys.getfilesystemencoding() != "utf-8":
            garbled = [str(error.object)]
        return _garbled(garbled[0]) if garbled else _unexpected(error)
    except Exception as error:
        if asked:  # a library in C took the interrupt and raised a fault of its own
            raise KeyboardInterrupt from error
        return _out_of_memory() if memory_limit.is_shortage(error) else _unexpected(error)
    finally:
        COMMAND.reset(noted)


def _disk_full(error: OSError) -> int:
    """Tell what could not be written for want of space; EFBIG is a limit of the shell's."""
    where = f"{error.filename}: " if error.filename else ""
    return _told(
        1,
        where
        + say(
            f"磁盘已满或超过文件大小限制（{error.strerror}），没有写入。腾出空间后重新运行。",
            f"not written, the disk is full or a limit is reached ({error.strerror}). "
            "Free some space, then run again.",
        ),
    )


def _out_of_memory() -> int:
    """Tell that memory ran out."""
    memory_limit.release()
    return _told(
        3,
        say(
            "内存不足，已停止；未完成的写入已撤销。增加内存或放宽限制后重新运行。",
            "Out of memory: stopped, unfinished writes are undone. "
            "Give it more memory or a wider limit, then run again.",
        ),
    )


def _is_text(argument: str) -> bool:
    """Whether the bytes of an argument were text in the terminal's encoding."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _garbled(argument: str) -> int:
    """Tell of an argument, or a file's name, that is no text in the terminal's encoding."""
    problem = Problem(
        say("命令行参数或文件名", "an argument or a file's name"),
        argument.encode("utf-8", "backslashreplace").decode(),
        say("UTF-8 编码的文字", "text in UTF-8"),
        say(
            "把终端的编码设为 UTF-8（如 export LANG=zh_CN.UTF-8）后重新输入",
            "set the terminal to UTF-8 (export LANG=C.UTF-8) and type it again",
        ),
    )
    _say(str(problem))
    return 2


def _unexpected(error: Exception) -> int:
    """Tell a bug: the only case with a stack trace."""
    return _told(
        3,
        say(
            "程序出现意外错误（技术细节请交给维护人员）；存储没有留下半截数据。",
            "An unexpected failure (the details are for the maintainers); "
            "the store holds no half-written data.",
        ),
        crash_report(error),
    )


def _told(code: int, reason: str, trace: str = "") -> int:
    """Tell what ended the command, as an event where the log is JSON; returns its exit code."""
    if logs.writes_json():
        details = {"trace": trace} if trace else {}
        logs.log("command_ends", level=logging.ERROR, exit_code=code, reason=reason, **details)
    else:
        _say("\n".join(filter(None, (trace, reason))))
    return code


def _say(words: str) -> None:
    """Write to standard error; where nobody can be told, the exit code still says it."""
    try:
        typer.echo(words, err=True)
    except OSError:
        give_up(sys.stderr)
