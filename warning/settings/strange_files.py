"""The files of a configuration directory: one that nothing reads is refused, not passed over."""

import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from warning.errors import Problem
from warning.language import say

#: What is read, by folder. The package's other lexicons are its own: nothing reads a copy of them.
READ = {
    "lexicons": ("places.yaml", "risk_words.yaml"),
    "templates": ("letter.docx", "plan.docx"),
}
#: Copies of the package's own lexicons that ``warning init`` once made, unchanged: the first 8
#: bytes of their SHA-256 as a number. They stay where they are and mean nothing.
COPIES = frozenset(
    {
        3591079360666208272,
        6906145327352996235,
        6964778605017855135,
        10772372653795370481,
        10856216860857190820,
        12242311658079606447,
        14522490724318915892,
        15088077420030377548,
        16549832700888278567,
    }
)

#: What desktops leave in a folder that somebody opened, in small letters.
DESKTOP = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})


def strange_files(directory: Path, names: Sequence[str]) -> list[Problem]:
    """The files of a directory that look like its configuration and that nothing reads.

    Hidden files, what an editor (``~``, ``.bak``) or a desktop (``Thumbs.db``) leaves behind, and
    notes (``.md``, ``.txt`` under a name of their own) are none.

    Args:
        directory: of the configuration.
        names: of its YAML files.
    """
    problems = [
        _problem(path, say("未知的配置文件", "an unknown configuration file"), names)
        for path in sorted(directory.glob("*.y*ml"))
        if path.name not in names
    ]
    for folder, read in READ.items():
        for path in sorted((directory / folder).glob("*")):
            if path.name not in read and _is_content(path) and not _is_copy(path):
                found = say(f"{folder}/ 中不读取的文件", f"a file of {folder}/ that nothing reads")
                problems.append(_problem(path, found, read))
    return problems


def unread(folder: str, names: Sequence[str]) -> list[str]:
    """The names in a folder of the packaged configuration that only the package itself reads."""
    read = READ.get(Path(folder).name)
    return [] if read is None else [name for name in names if name not in read]


def _is_content(path: Path) -> bool:
    return (
        path.is_file()
        and not path.name.startswith((".", "~"))
        and not path.name.endswith(("~", ".bak", ".md"))
        and path.name.lower() not in DESKTOP
        and not (path.suffix == ".txt" and not _is_lexicon(path))
    )


def _is_lexicon(path: Path) -> bool:
    """Whether a text has the name of one of the package's lexicons."""
    return path.stem in {Path(one.name).stem for one in _packaged(path.parent.name).iterdir()}


def _packaged(folder: str) -> Path:
    return Path(str(resources.files("warning") / "config" / folder))


def _is_copy(path: Path) -> bool:
    """Whether a file is the package's own of that name, or was in an earlier version.

    However its lines end: tools that copy texts to Windows change that.
    """
    own = _packaged(path.parent.name) / path.name
    try:
        content = _plain(path)
    except OSError:
        return False
    return int.from_bytes(hashlib.sha256(content).digest()[:8]) in COPIES or (
        own.is_file() and _plain(own) == content
    )


def _plain(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")


def _problem(path: Path, found: str, known: Sequence[str]) -> Problem:
    return Problem(
        str(path),
        found,
        ", ".join(known),
        say("改正文件名或移走", "correct its name or move it away"),
    )
