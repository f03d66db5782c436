"""The keys that people's numbers are sealed with: where they are found, made and derived.

A key file is text: one ``warning-key-1 <base64 of 32 bytes>`` a line, the newest first, ``#`` a
comment. Older keys stay in it: they open older backups and verify the older part of the audit.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from warning.errors import Problem, StoreError
from warning.language import say

FORMAT = "warning-key-1"
SECRET_BYTES = 32
KEY_VARIABLE = "WARNING_KEY"
FILE_VARIABLE = "WARNING_KEY_FILE"


@dataclass(frozen=True)
class Key:
    """One secret and what is derived from it for each purpose (HKDF-SHA256)."""

    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """Sixteen hex digits that name the key without telling it."""
        return self.derived("identity", 8).hex()

    def derived(self, purpose: str, size: int) -> bytes:
        """A key of ``size`` bytes for one purpose."""
        return HKDF(
            algorithm=SHA256(), length=size, salt=None, info=f"warning {purpose} 1".encode()
        ).derive(self.secret)


@dataclass(frozen=True)
class KeyRing:
    """The keys at hand, the newest first, and where they came from."""

    keys: tuple[Key, ...]
    source: str

    @property
    def newest(self) -> Key:
        """The key that new stores and rotations seal with."""
        return self.keys[0]

    def by_id(self) -> dict[str, Key]:
        """Key id → key."""
        return {key.key_id: key for key in self.keys}


def default_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where a user's own key is kept: ``~/.config/warning/key``.

    Raises:
        StoreError: the user has no home.
    """
    path = _own_file(environment)
    if path is None:
        raise _unusable(
            "~/.config/warning/key",
            say("用户没有主目录，无处存放密钥", "the user has no home to keep a key in"),
            say("设 WARNING_KEY_FILE（密钥文件）、WARNING_KEY 或 HOME",
                "set WARNING_KEY_FILE (a key file), WARNING_KEY or HOME"),
        )  # fmt: skip
    return path


def _own_file(environment: Mapping[str, str]) -> Path | None:
    base = environment.get("XDG_CONFIG_HOME")
    try:
        return (Path(base) if base else Path.home() / ".config") / "warning" / "key"
    except RuntimeError:  # neither HOME nor an entry in passwd
        return None


def find_keys(environment: Mapping[str, str] = os.environ) -> KeyRing | None:
    """The keys of ``WARNING_KEY``, else of the file ``WARNING_KEY_FILE``, else the user's own.

    Raises:
        StoreError: a key that cannot be read, or a file that others may read.
    """
    written = environment.get(KEY_VARIABLE, "").strip()
    if written:
        parts = [part for part in written.replace(",", " ").split() if part != FORMAT]
        if not parts:
            raise _unusable(
                KEY_VARIABLE, say("没有密钥", "holds no key"),
                say("从密钥的备份恢复", "restore the key from its copy"),
            )  # fmt: skip
        return KeyRing(tuple(_key(part, KEY_VARIABLE) for part in parts), KEY_VARIABLE)
    named = environment.get(FILE_VARIABLE, "").strip()
    path = Path(named) if named else _own_file(environment)
    if path is None:
        return None
    try:
        return read_keys(path)
    except FileNotFoundError:
        if named:
            raise _unusable(
                str(path), say("没有这个密钥文件", "there is no such key file"),
                say("用 warning keys new 建立", "make it: warning keys new"),
            ) from None  # fmt: skip
        return None


def read_keys(path: Path) -> KeyRing:
    """The keys of a file.

    Raises:
        FileNotFoundError: there is none.
        StoreError: others may read it, or it holds no key.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise _unusable(
                str(path), say("密钥文件他人可读", "others may read the key file"),
                f"chmod 600 {path}",
            )  # fmt: skip
        lines = path.read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(
            str(path), say("密钥文件无法读取", "the key file cannot be read"),
            say("检查文件及其权限", "check the file and its permissions"),
        ) from error  # fmt: skip
    keys = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[0] != FORMAT or len(words) != 2:
            raise _unusable(
                f"{path}:{number}", say("不是密钥", "is no key"),
                say("从密钥的备份恢复", "restore the key from its copy"),
            )  # fmt: skip
        keys.append(_key(words[1], f"{path}:{number}"))
    if not keys:
        raise _unusable(
            str(path), say("密钥文件是空的", "the key file is empty"),
            say("从密钥的备份恢复", "restore the key from its copy"),
        )  # fmt: skip
    return KeyRing(tuple(keys), str(path))


def make_keys(path: Path) -> KeyRing:
    """Make a new key file that only its owner may read; one that is there is left alone.

    Raises:
        FileExistsError: there is one already.
        OSError: the directory cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, [secrets.token_bytes(SECRET_BYTES)], replace=False)
    return read_keys(path)


def add_key(path: Path) -> KeyRing:
    """Put a new key before those of the file, in one step; returns all of them."""
    ring = read_keys(path)
    fresh = secrets.token_bytes(SECRET_BYTES)
    _write(path, [fresh, *(key.secret for key in ring.keys)], replace=True)
    return read_keys(path)


def _write(path: Path, keys: list[bytes], *, replace: bool) -> None:
    text = "# Keys of warning: keep a copy apart from the store's backups. Newest first.\n"
    text += "".join(f"{FORMAT} {base64.b64encode(key).decode()}\n" for key in keys)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            # A link, unlike a rename, fails where another process made the file meanwhile.
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _key(text: str, where: str) -> Key:
    try:
        secret = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise _unusable(
            where, say("不是密钥", "is no key"),
            say("从密钥的备份恢复", "restore the key from its copy"),
        )  # fmt: skip
    return Key(secret)


def _unusable(where: str, found: str, action: str) -> StoreError:
    return StoreError(
        Problem(
            where,
            found,
            say("只有所有者可读的密钥文件", "a key file that only its owner may read"),
            action,
        )
    )
