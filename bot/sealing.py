"""Seals what must not be read in the database or a copy of it, with a key that is kept elsewhere.

The keys come from the environment, or from a file in the data folder that is made when something is first sealed. The
first key seals; the others only open what was sealed before. AES-256-GCM (NIST SP 800-38D) with a random nonce; what a
text is about is authenticated with it, so that one sealed text can't stand in another's place.
"""

import base64
import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_PRIVATE: Final = 0o600


class SealedAway(Exception):
    """The key with which a text was sealed is not there, or the text was changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text, and the id of its key."""

    key_id: str
    text: str


class Keyring:
    """The keys of an installation: those ``given``, the first first, or else those of the file at ``path``.

    The file is read anew each time, so that a process sees at once that another has changed the keys.
    """

    def __init__(self, path: Path, given: Sequence[str] = ()) -> None:
        self.path: Final = path
        self._given = tuple(hashlib.sha256(each.encode()).digest() for each in given)

    @property
    def is_given(self) -> bool:
        """Tell whether the keys come from the environment."""
        return bool(self._given)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the keys that are there, the one that seals first."""
        return tuple(map(_id_of, self._keys()))

    def seal(self, words: str, *, about: str) -> Sealed:
        """Return the words sealed. Makes the key file where there is none yet."""
        key = (self._keys() or (self._make(),))[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = base64.b64encode(nonce + AESGCM(key).encrypt(nonce, words.encode(), about.encode()))
        return Sealed(_id_of(key), text.decode())

    def open(self, sealed: Sealed, *, about: str) -> str:
        """Return the words of a sealed text. Raises SealedAway."""
        key = next((each for each in self._keys() if _id_of(each) == sealed.key_id), None)
        if key is None:
            raise SealedAway
        try:
            raw = base64.b64decode(sealed.text, validate=True)
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealedAway from None

    def renew(self) -> None:
        """Put a new key before those of the file."""
        assert not self._given, "the keys of the environment are not ours to change"
        self._write((secrets.token_bytes(_KEY_BYTES), *self._keys()))

    def keep_first(self) -> None:
        """Forget all keys of the file but the one that seals."""
        assert not self._given, "the keys of the environment are not ours to change"
        self._write(self._keys()[:1])

    def is_private(self) -> bool:
        """Tell whether nobody but its owner may read the key file, or there is none."""
        try:
            return not self.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        except FileNotFoundError:
            return True

    def _keys(self) -> tuple[bytes, ...]:
        if self._given:
            return self._given
        try:
            lines = self.path.read_text(encoding="ascii").split()
            keys = tuple(base64.urlsafe_b64decode(each) for each in lines)
        except FileNotFoundError:
            return ()
        except ValueError:
            raise SealedAway from None
        if any(len(each) != _KEY_BYTES for each in keys):
            raise SealedAway
        return keys

    def _make(self) -> bytes:
        """Make the key file, unless another process is faster, and return the key that counts."""
        draft = self._draft((secrets.token_bytes(_KEY_BYTES),))
        try:
            with contextlib.suppress(FileExistsError):
                os.link(draft, self.path)  # unlike a rename it never takes the place of another's key
        finally:
            draft.unlink()
        self._settle()
        return self._keys()[0]

    def _write(self, keys: Sequence[bytes]) -> None:
        self._draft(keys).replace(self.path)
        self._settle()

    def _draft(self, keys: Sequence[bytes]) -> Path:
        """Write keys beside the file, on the disk before anything is sealed with them."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
        with open(number, "w", encoding="ascii") as file:  # noqa: PTH123 (opened by number, private from the start)
            file.writelines(f"{base64.urlsafe_b64encode(each).decode()}\n" for each in keys)
            file.flush()
            os.fsync(file.fileno())
        return draft

    def _settle(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"storekeeper key" + key).hexdigest()[:12]
