"""Keys outside the database: what they seal opens in its place alone, and they can be changed."""

import stat
from pathlib import Path

import pytest

from marketplace.db.keyring import KeyRing, encode, load_keys, new_secret, place
from marketplace.db.sealed import masked
from marketplace.kernel.errors import DomainError
from marketplace.settings import Settings, SettingsError

HERE = place("payout", "destination", 1)
FIRST, SECOND = b"1" * 32, b"2" * 32


def test_what_was_sealed_opens_in_its_place() -> None:
    ring = KeyRing(FIRST)
    sealed = ring.seal(HERE, "DE89 3704 0044 0532 0130 00 é")
    assert ring.open(HERE, sealed) == "DE89 3704 0044 0532 0130 00 é"
    assert b"3704" not in sealed
    assert ring.seal(HERE, "the same") != ring.seal(HERE, "the same")


@pytest.mark.parametrize(
    "elsewhere",
    [place("payout", "destination", 2), place("payout", "name", 1), place("payout_destination", "destination", 1)],
)
def test_what_was_copied_to_another_row_or_column_does_not_open(elsewhere: bytes) -> None:
    ring = KeyRing(FIRST)
    with pytest.raises(DomainError, match="copied from another row"):
        ring.open(elsewhere, ring.seal(HERE, "acct_1"))


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_what_was_altered_does_not_open(position: int) -> None:
    ring = KeyRing(FIRST)
    altered = bytearray(ring.seal(HERE, "acct_1"))
    altered[position] ^= 1
    with pytest.raises(DomainError, match="sealed_unreadable"):
        ring.open(HERE, bytes(altered))


def test_the_first_key_seals_and_every_one_opens() -> None:
    old = KeyRing(FIRST).seal(HERE, "acct_1")
    both = KeyRing(SECOND, FIRST)
    assert both.open(HERE, old) == "acct_1"
    assert KeyRing(SECOND).open(HERE, both.seal(HERE, "acct_1")) == "acct_1"
    with pytest.raises(DomainError, match="does not hold"):
        KeyRing(SECOND).open(HERE, old)


def test_a_digest_finds_what_any_of_the_keys_sealed_and_is_of_no_use_without_them() -> None:
    (old,) = KeyRing(FIRST).digests(b"acct_1")
    assert old in KeyRing(SECOND, FIRST).digests(b"acct_1")
    assert old not in KeyRing(SECOND).digests(b"acct_1")
    assert old not in KeyRing(FIRST).digests(b"acct_2")


def test_the_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})
    sealed = load_keys(settings).seal(HERE, "acct_1")
    assert stat.S_IMODE((tmp_path / "payee_key").stat().st_mode) == 0o600
    ring = load_keys(settings)
    assert ring.open(HERE, sealed) == "acct_1"
    secret = (tmp_path / "payee_key").read_text().strip()
    assert secret not in repr(ring)


def test_a_changed_file_is_read_again_by_whoever_is_running(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})
    running = load_keys(settings)
    path = tmp_path / "payee_key"
    (before,) = (key.secret for key in running.keys)
    draft = tmp_path / "draft"
    draft.write_bytes(encode(new_secret(), before))
    draft.replace(path)
    by_another = load_keys(settings).seal(HERE, "acct_1")
    assert running.open(HERE, by_another) == "acct_1"
    path.unlink()
    assert running.open(HERE, by_another) == "acct_1"


@pytest.mark.parametrize("content", ["", "too short", "AAAA\n"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "payee_key").write_text(content)
    with pytest.raises(SettingsError, match="PAYEE_KEY_FILE"):
        load_keys(Settings.from_env({"DATA_DIR": str(tmp_path)}))


@pytest.mark.parametrize(
    ("content", "shown"), [("DE89370400440532013000", "…3000"), ("acct_7", "…_7"), ("ab", "…"), ("", "…")]
)
def test_what_is_masked_shows_its_owner_the_end_of_it(content: str, shown: str) -> None:
    assert masked(content) == shown
