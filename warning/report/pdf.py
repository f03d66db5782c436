"""Word documents as PDF, where LibreOffice is there."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from warning.errors import Problem, RefusedError, UsageError
from warning.language import say
from warning.outputs import write_output

#: Names under which LibreOffice is installed.
PROGRAMS = ("soffice", "libreoffice")
SECONDS = 120


def as_pdf(document: bytes) -> bytes:
    """The document as LibreOffice lays it out, in a profile and folder of its own.

    Raises:
        RefusedError: LibreOffice is not installed, or makes no page of the document in time.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise RefusedError(
            Problem(
                "PDF",
                say("本机没有 LibreOffice", "LibreOffice is not installed"),
                action=say("安装它，或写出 .docx", "install it, or write .docx"),
            )
        )
    with tempfile.TemporaryDirectory(prefix="warning-") as folder:
        source = Path(folder) / "page.docx"
        source.write_bytes(document)
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless",
                   "--convert-to", "pdf", "--outdir", folder, str(source)]  # fmt: skip
        try:
            # No shell, and the only text from outside is the path of a folder just made.
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603
            return source.with_suffix(".pdf").read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise RefusedError(
                Problem(
                    "PDF",
                    say(f"LibreOffice 未能转换（{type(error).__name__}）",
                        f"LibreOffice failed ({type(error).__name__})"),
                    action=say("写出 .docx", "write .docx"),
                )
            ) from error  # fmt: skip


def write_document(document: bytes | None, path: Path, name: str = "") -> None:
    """Write a Word document to ``.docx``, or its PDF to ``.pdf``, as the file's name ends.

    Raises:
        UsageError: the name ends otherwise.
        RefusedError: there is none: that of ``name`` expired.
    """
    ending = path.suffix.lower()
    if ending not in (".docx", ".pdf"):
        # A name that is an ending alone has none to keep.
        stem = say("文书", "document") if path.stem.startswith(".") else path.stem.rstrip(".")
        raise UsageError(
            Problem(
                "--out",
                str(path),
                say(".docx 或 .pdf", ".docx or .pdf"),
                say(f"例如 --out {stem}.docx", f"for example --out {stem}.docx"),
            )
        )
    if document is None:
        raise RefusedError(
            Problem(
                name,
                say("没有文书：保存期限（documents_days）已满，已经删除",
                    "it has no document: its time (documents_days) was over, it is deleted"),
            )
        )  # fmt: skip
    write_output(path, as_pdf(document) if ending == ".pdf" else document)
