"""ID numbers and phones at rest: sealed with AES-SIV, found again by keyed hashes.

A column whose ``info`` says ``sealed`` is written and read through a :class:`Seal`. AES-SIV
(RFC 5297) is deterministic: each distinct value is sealed once, and no nonce can be used twice.
What it tells, that two values are equal, the keyed hashes that persons are found by tell as well.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from warning.errors import Problem, StoreError
from warning.language import say
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.phones import phones
from warning.store.keys import Key

#: How a sealed text begins, so that a person looking at the table knows what it is.
MARK = "sealed:"


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
                raise StoreError(
                    Problem(
                        column,
                        say("加密的值被改动过", "a sealed value was changed"),
                        say("由本存储的密钥加密的值", "values sealed with the store's key"),
                        say("从备份恢复：warning restore", "restore a backup: warning restore"),
                    )
                ) from error

        return _each(values, one)

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


def party_keys(parties: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    """The keyed hashes by which a party is found: channel, record_id, party_no, version, kind, hash.

    Args:
        parties: canonical parties with ``version``, id_number and phone as written.
        seal: of the store.
    """
    key = ["channel", "record_id", "party_no", "version"]
    numbers = identifiers(parties["id_number"])
    whole = numbers["id_number"].where(numbers["status"].isin(["valid", "short15"]))
    calls = phones(parties["phone"])
    every = (calls["phone"] + ("|" + calls["others"]).fillna("")).str.split("|")
    frames = [
        parties[key].assign(kind="id_number", text=whole),
        parties[key].assign(kind="phone", text=every).explode("text"),
    ]
    found = pd.concat([frame.dropna(subset=["text"]) for frame in frames], ignore_index=True)
    named = (found["kind"] + ":" + found.pop("text")).astype("str")
    return found.assign(hash=seal.hashes(_each(named, plain_hash))).drop_duplicates()


def plain_hash(text: str) -> str:
    """32 hex digits of SHA-256: what the keys are laid over."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _each(values: "pd.Series[Any]", one: Callable[[str], str]) -> "pd.Series[Any]":
    """The function on each distinct text, once."""
    table = {text: one(text) for text in values.dropna().unique()}
    return values.map(table).astype("str")
