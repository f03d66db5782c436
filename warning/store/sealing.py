"""ID numbers and phones at rest: sealed with AES-SIV, found again by keyed hashes.

A column whose ``info`` says ``sealed`` is written and read through a :class:`Seal`. AES-SIV
(RFC 5297) is deterministic: each distinct value is sealed once, and no nonce can be used twice.
What it tells, that two values are equal, the keyed hashes that persons are found by tell as well.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import Connection

from warning.errors import Problem, StoreError
from warning.language import say
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.matching.standardise.phones import phones
from warning.records import PARTY, TEXT, array_of
from warning.store.keys import Key

#: How a sealed text begins, so that a person looking at the table knows what it is.
MARK = "sealed:"
KEY = [*PARTY, "version"]
#: Kinds of keys beside those of the numbers in a row: its phone with its name, kept where somebody
#: asked to be withheld by them; that an officer said whose row it is; and its record with its name,
#: of which no more than that it was erased is kept.
PHONE_NAME, CONFIRMED, RECORD_NAME = "phone_name", "confirmed", "record_name"
ID_NAME = "id_name"
#: Kinds of hashes that are kept of an erased name alone: of its first characters, and of the whole.
NAME_START, WHOLE_NAME = "name_start", "whole_name"
#: The kind of hashes that are kept of a name that was erased from the texts of one record alone.
TOLD_NAME = "told_name"
#: The kind of a note, without a hash, that a correction made this row of the version before.
CORRECTED = "corrected"


@dataclass(frozen=True)
class Seal:
    """The keys of one store in the order they came into use; without keys nothing is sealed.

    Attributes:
        keys: oldest first; the last one seals, all of them make the keyed hashes.
    """

    keys: tuple[Key, ...] = ()

    @property
    def on(self) -> bool:
        """Whether the store has a key."""
        return bool(self.keys)

    def seal(self, values: "pd.Series[Any]", column: str) -> "pd.Series[Any]":
        """Each text sealed; missing stays missing."""
        if not self.on:
            return values
        cipher, bound = self._cipher(), [column.encode()]

        def one(text: str) -> str:
            sealed = cipher.encrypt(text.encode("utf-8", "surrogatepass"), bound)
            return MARK + base64.b64encode(sealed).decode("ascii")

        return _each(values, one)

    def unseal(self, values: "pd.Series[Any]", column: str) -> "pd.Series[Any]":
        """Each text as it was before :meth:`seal`.

        Raises:
            StoreError: a value was changed, or sealed with another key.
        """
        if not self.on:
            return values
        cipher, bound = self._cipher(), [column.encode()]

        def one(text: str) -> str:
            try:
                sealed = base64.b64decode(text.removeprefix(MARK), validate=True)
                return cipher.decrypt(sealed, bound).decode("utf-8", "surrogatepass")
            except (InvalidTag, ValueError) as error:
                raise _changed(column) from error

        return _each(values, one)

    def seal_bytes(self, content: bytes, name: str) -> bytes:
        """The content sealed as one, under its name."""
        return self._cipher().encrypt(content, [name.encode()]) if self.on else content

    def unseal_bytes(self, content: bytes, name: str) -> bytes:
        """What :meth:`seal_bytes` was given.

        Raises:
            StoreError: it was changed, or sealed with another key or under another name.
        """
        if not self.on:
            return content
        try:
            return self._cipher().decrypt(content, [name.encode()])
        except InvalidTag as error:
            raise _changed(name) from error

    def opens(self, values: "pd.Series[Any]", column: str) -> bool:
        """Whether one of the texts was sealed with this seal's last key."""
        for text in values.dropna():
            try:
                self.unseal(pd.Series([text]), column)
            except StoreError:
                continue
            return True
        return False

    def hashes(self, values: "pd.Series[Any]") -> "pd.Series[Any]":
        """A keyed hash of 32 hex digits of each hash; missing stays missing.

        The keys are used one after another, so that a new key is laid over what is stored.
        """
        derived = [key.derived("hash", 32) for key in self.keys]

        def one(text: str) -> str:
            for key in derived:
                text = hmac.digest(key, text.encode(), "sha256").hex()[:32]
            return text

        return _each(values, one) if derived else values

    def _cipher(self) -> AESSIV:
        return AESSIV(self.keys[-1].derived("seal", 64))


def _changed(where: str) -> StoreError:
    return StoreError(
        Problem(
            where,
            say("加密的值被改动过", "a sealed value was changed"),
            say("由本存储的密钥加密的值", "values sealed with the store's key"),
            say("从备份恢复：warning restore", "restore a backup: warning restore"),
        )
    )


def current_seal(connection: Connection) -> Seal:
    """The seal of the connection's store; none on a connection that no store opened."""
    seal: Seal = connection.get_execution_options().get("seal", Seal())
    return seal


def party_keys(parties: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    """The keyed hashes by which a party is found: channel, record_id, party_no, version, kind, hash.

    Args:
        parties: canonical parties with ``version``, id_number and phone as written.
        seal: of the store.
    """
    numbers = identifiers(parties["id_number"])
    whole = numbers["id_number"].where(numbers["status"].isin(["valid", "short15"]))
    frames = [
        parties[KEY].assign(kind="id_number", text=whole),
        parties[KEY].assign(kind="phone", text=_calls(parties)).explode("text"),
    ]
    return _hashed(pd.concat([frame.dropna(subset=["text"]) for frame in frames]), seal)


def named_keys(parties: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    """As :func:`party_keys`, of each number with the one whole name beside it: who shares a number.

    A row that names nobody, a mask or several has none.
    """
    told = names(parties["name"])
    whole = told["name"].where(told["others"].isna() & ~told["is_mask"].eq(True))
    numbers = identifiers(parties["id_number"])
    ids = numbers["id_number"].where(numbers["status"].isin(["valid", "short15"]))
    own = parties[KEY].assign(name=whole)
    frame = pd.concat([own.assign(kind=PHONE_NAME, text=_calls(parties)).explode("text"),
                       own.assign(kind=ID_NAME, text=ids)])  # fmt: skip
    frame = frame.dropna(subset=["text", "name"])
    frame["text"] = frame["text"].astype("str") + "|" + frame.pop("name").astype("str")
    return _hashed(frame, seal)


def record_keys(parties: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    """As :func:`party_keys`, of each row's record with its name as written (or phone, without one).

    By it a row that is delivered again is known, whatever its number in the record is then.
    """
    told = parties["name"].fillna(parties["phone"])
    text = parties["channel"] + "|" + parties["record_id"] + "|" + told
    return _hashed(parties[KEY].assign(kind=RECORD_NAME, text=text).dropna(subset=["text"]), seal)


def text_hashes(texts: Iterable[str], kind: str, seal: Seal) -> "pd.Series[Any]":
    """The keyed hash of each text as one of this kind; its index is the texts."""
    named = pd.Series(list(texts), dtype="str")
    plain = _each(kind + ":" + named, plain_hash)
    return seal.hashes(plain).set_axis(named.to_numpy(object))


def _calls(parties: pd.DataFrame) -> "pd.Series[Any]":
    """Every phone of each party, standardised as the hashes that are stored already are, as lists."""
    calls = phones(parties["phone"], abroad=False)
    return (calls["phone"] + ("|" + calls["others"]).fillna("")).str.split("|")


def _hashed(found: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    found = found.reset_index(drop=True)
    named = found["kind"].astype("str") + ":" + found.pop("text").astype("str")
    return found.assign(hash=seal.hashes(_each(named, plain_hash))).drop_duplicates()


def plain_hash(text: str) -> str:
    """32 hex digits of SHA-256: what the keys are laid over."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _each(values: "pd.Series[Any]", one: Callable[[str], str]) -> "pd.Series[Any]":
    """The function on each distinct text, once."""
    codes, distinct = pd.factorize(values)
    made = array_of([one(str(text)) for text in distinct], TEXT)
    return pd.Series(made.take(codes, allow_fill=True), index=values.index, name=values.name)
