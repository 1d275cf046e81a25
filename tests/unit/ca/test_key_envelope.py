from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from certwright.ca.key_envelope import KEY_BYTES, Sealer, load_or_create_key_file
from certwright.domain.account import Secret
from certwright.domain.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"a private key"
SEALERS = [Sealer.from_key(b"k" * KEY_BYTES), Sealer.from_passphrase(Secret("correct horse"))]


@pytest.mark.parametrize("sealer", SEALERS, ids=["key file", "passphrase"])
def test_envelope_opens_for_its_owner(sealer: Sealer) -> None:
    envelope = sealer.seal(SECRET, owner="authority 1")

    assert SECRET not in envelope
    assert sealer.open(envelope, owner="authority 1") == SECRET


@pytest.mark.parametrize("sealer", SEALERS, ids=["key file", "passphrase"])
def test_envelope_does_not_open_for_another_owner(sealer: Sealer) -> None:
    envelope = sealer.seal(SECRET, owner="authority 1")

    with pytest.raises(InvalidInput, match="another owner"):
        sealer.open(envelope, owner="authority 2")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Sealer.from_key(b"o" * KEY_BYTES), "another key"),
        (Sealer.from_passphrase(Secret("battery staple")), "sealed with a key file"),
    ],
    ids=["key file", "passphrase"],
)
def test_wrong_secret_is_told_from_damage(other: Sealer, says: str) -> None:
    envelope = SEALERS[0].seal(SECRET, owner="authority 1")

    with pytest.raises(InvalidInput, match=says):
        other.open(envelope, owner="authority 1")


def test_passphrase_where_a_key_file_is_configured_is_told() -> None:
    envelope = SEALERS[1].seal(SECRET, owner="authority 1")

    with pytest.raises(InvalidInput, match="sealed with a passphrase"):
        SEALERS[0].open(envelope, owner="authority 1")


def test_every_damaged_byte_is_noticed() -> None:
    envelope = SEALERS[0].seal(SECRET, owner="authority 1")

    for position in range(len(envelope)):
        damaged = bytearray(envelope)
        damaged[position] ^= 1
        with pytest.raises(InvalidInput):
            SEALERS[0].open(bytes(damaged), owner="authority 1")


def test_every_cut_is_noticed() -> None:
    envelope = SEALERS[0].seal(SECRET, owner="authority 1")

    for length in range(len(envelope)):
        with pytest.raises(InvalidInput):
            SEALERS[0].open(envelope[:length], owner="authority 1")


def test_two_envelopes_of_one_key_have_nothing_in_common() -> None:
    first, second = (SEALERS[0].seal(SECRET, owner="authority 1") for _ in range(2))

    assert first[:5] == second[:5]
    assert first[5:13] != second[5:13]
    assert first[-16:] != second[-16:]


def test_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ca.key"

    key = load_or_create_key_file(path)

    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key_file(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_all_who_make_the_key_file_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "ca.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_or_create_key_file, [path] * 16))

    assert keys == {load_or_create_key_file(path)}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ca.key"
    load_or_create_key_file(path)
    path.chmod(mode)

    with pytest.raises(InvalidInput, match="chmod 600"):
        load_or_create_key_file(path)


@pytest.mark.parametrize("text", ["", "hello", "ab" * 31, "\u00e9"])
def test_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ca.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)

    with pytest.raises(InvalidInput, match=r"ca\.key"):
        load_or_create_key_file(path)


def test_folder_in_place_of_the_key_file_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(InvalidInput, match="directory"):
        load_or_create_key_file(tmp_path)


def test_key_file_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InvalidInput):
        load_or_create_key_file(tmp_path / "file" / "ca.key")
