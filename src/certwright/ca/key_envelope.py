"""Envelopes that keep private keys unreadable in the database, and the key file that opens them.

An envelope is ``magic | kind | key id | salt | nonce | AES-256-GCM ciphertext``. The encryption key is derived anew for
each envelope from its salt: by HKDF from a key file's 256 random bits, by scrypt from a passphrase. The header and the
owner's name are associated data, so an envelope can't be moved to another owner. The key id is a hash of the derived
key, which tells a wrong key from a damaged envelope and gives away nothing of a passphrase that scrypt does not guard.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from enum import Enum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from certwright.domain.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.account import Secret

KEY_BYTES = 32

_MAGIC = b"CWE1"
_KEY_ID_BYTES = 8
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_ID_AT = len(_MAGIC) + 1
_SALT_AT = _KEY_ID_AT + _KEY_ID_BYTES
_HEADER_BYTES = _SALT_AT + _SALT_BYTES

_SCRYPT_COST = 2**15  # 32 MiB and some 60 ms: paid once per envelope at start-up
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class _Kind(Enum):
    """What the encryption key is derived from; the value stands in the header."""

    KEY_FILE = b"k"
    PASSPHRASE = b"p"


class Sealer:
    """Seals and opens envelopes with one master secret."""

    def __init__(self, kind: _Kind, secret: bytes) -> None:
        self._kind = kind
        self._secret = secret

    @classmethod
    def from_key(cls, key: bytes) -> Sealer:
        """Seal with a key of 256 random bits, as from ``load_or_create_key_file``."""
        return cls(_Kind.KEY_FILE, key)

    @classmethod
    def from_passphrase(cls, passphrase: Secret) -> Sealer:
        """Seal with a passphrase that people chose; each envelope then costs some 60 ms."""
        return cls(_Kind.PASSPHRASE, passphrase.reveal().encode())

    def seal(self, plaintext: bytes, *, owner: str) -> bytes:
        """Encrypt for an owner, whose name must be given again to open the envelope."""
        salt = secrets.token_bytes(_SALT_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        key = self._derive(salt)
        header = _MAGIC + self._kind.value + _key_id(key) + salt
        return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + owner.encode())

    def open(self, envelope: bytes, *, owner: str) -> bytes:
        """Decrypt an envelope.

        Raises:
            InvalidInput: it was sealed with another key or for another owner, or is damaged.
        """
        header, rest = envelope[:_HEADER_BYTES], envelope[_HEADER_BYTES:]
        if not header.startswith(_MAGIC) or len(rest) <= _NONCE_BYTES:
            raise InvalidInput(f"The sealed key of {owner} is not an envelope of ours")
        if header[len(_MAGIC) : _KEY_ID_AT] != self._kind.value:
            other = "a passphrase" if self._kind is _Kind.KEY_FILE else "a key file"
            raise InvalidInput(f"The private key of {owner} is sealed with {other}")
        key = self._derive(header[_SALT_AT:])
        if header[_KEY_ID_AT:_SALT_AT] != _key_id(key):
            raise InvalidInput(f"The private key of {owner} is sealed with another key or passphrase")
        try:
            return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header + owner.encode())
        except InvalidTag as cause:
            raise InvalidInput(f"The sealed key of {owner} is damaged or belongs to another owner") from cause

    def _derive(self, salt: bytes) -> bytes:
        match self._kind:
            case _Kind.KEY_FILE:
                hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=_MAGIC)
                return hkdf.derive(self._secret)
            case _Kind.PASSPHRASE:
                return Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_COST, r=8, p=1).derive(self._secret)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"certwright key id" + key).digest()[:_KEY_ID_BYTES]


def load_or_create_key_file(path: Path) -> bytes:
    """Read the 256-bit key in a file of one line of hex, made with mode 0600 if it does not exist.

    Several processes may do so at once: they all get the key of the first.

    Raises:
        InvalidInput: others may read the file, it holds no key, or it can't be read or made.
    """
    try:
        if not path.exists():
            _create_key_file(path)
        if path.stat().st_mode & _OPEN_TO_OTHERS:
            raise _refused(path, "other users may read it; run chmod 600 on it")
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as cause:
        raise _refused(path, getattr(cause, "strerror", None) or "it does not hold a key in hex") from cause
    if len(key) != KEY_BYTES:
        raise _refused(path, f"it holds {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _create_key_file(path: Path) -> None:
    """Write a new key beside the path and link it there: the file appears whole or not at all, and is never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return  # another process was faster; its key counts
    finally:
        os.unlink(draft)  # noqa: PTH108 - the twin of mkstemp, which gives a str
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(path: Path, why: str) -> InvalidInput:
    return InvalidInput.for_field("key_file", f"The key file {path} can't be used: {why}")
