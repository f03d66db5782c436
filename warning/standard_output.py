"""Standard output that cannot be written: told apart from every other fault."""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from warning.errors import OutputError, Problem
from warning.language import say


class _StandardOutput(io.FileIO):
    """The file behind standard output, whose faults are told apart from those of other files."""

    def write(self, data: Any) -> int:
        """See :class:`io.FileIO`."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise  # its reader went away: no fault
        except OSError as error:
            raise OutputError(
                Problem(
                    say("标准输出", "standard output"),
                    say("无法写入", "cannot be written") + f" ({error.strerror})",
                    say("可写的终端、文件或管道", "a terminal, file or pipe that can be written"),
                    say("所作的改动可能已经完成，只是没有显示：先查看，再决定是否重新运行",
                        "what the command changes may be done, only not shown: look before you "
                        "run it again"),
                )
            ) from error  # fmt: skip


class _AtOnce(io.BufferedWriter):
    """Keeps nothing back, as ``python -u`` asks for."""

    def write(self, data: Any) -> int:
        """See :class:`io.BufferedWriter`."""
        written = super().write(data)
        self.flush()
        return written


def tell_what_cannot_be_written() -> None:
    """From here on a fault of standard output is an :class:`OutputError`.

    A standard stream that is closed takes everything and keeps nothing.
    """
    out = sys.stdout
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - stays open
    if isinstance(out, io.TextIOWrapper):
        with suppress(io.UnsupportedOperation):  # no file: in memory
            buffered = _AtOnce if out.write_through else io.BufferedWriter
            sys.stdout = io.TextIOWrapper(
                buffered(_StandardOutput(out.fileno(), "wb", closefd=False)),
                encoding=out.encoding,
                errors=out.errors,
                line_buffering=out.line_buffering,
                write_through=out.write_through,
            )
