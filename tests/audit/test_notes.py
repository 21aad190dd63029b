from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from marketplace.audit.keys import load_signer
from marketplace.audit.notes import NoteError, Signer, TreeHead, Verifier, open_note, sign_note
from marketplace.settings import Settings, SettingsError

SIGNER = Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = Signer("example.com/witness", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
TEXT = "example.com/log\n7\n3bibsvGyaHuNyvQFyj4YCMtY7e1v8CjJGQ93aPxAfYk=\n"

# Key and note of the Go implementation's documentation (golang.org/x/mod/sumdb/note).
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_the_go_implementation_opens() -> None:
    assert open_note(GO_NOTE, Verifier.from_text(GO_KEY)) == GO_NOTE.partition("\n\n")[0] + "\n"


def test_a_changed_note_of_the_go_implementation_does_not_open() -> None:
    with pytest.raises(NoteError, match="does not fit"):
        open_note(GO_NOTE.replace("answer", "question"), Verifier.from_text(GO_KEY))


def test_a_signed_note_opens_and_has_the_form_of_the_specification() -> None:
    note = sign_note(TEXT, SIGNER)
    assert note.startswith(TEXT + "\n— example.com/log ")
    assert note.endswith("\n")
    assert open_note(note, SIGNER.verifier) == TEXT


@given(st.integers(0, 400), st.integers(0, 7))
def test_no_bit_of_a_note_can_be_flipped(position: int, bit: int) -> None:
    note = bytearray(sign_note(TEXT, SIGNER).encode())
    note[position % len(note)] ^= 1 << bit
    try:
        changed = bytes(note).decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(NoteError):
        open_note(changed, SIGNER.verifier)


def test_signatures_by_others_are_ignored_but_ours_must_be_there() -> None:
    ours, theirs = sign_note(TEXT, SIGNER), sign_note(TEXT, OTHER)
    both = theirs + ours.partition("\n\n")[2]
    assert open_note(both, SIGNER.verifier) == TEXT
    assert open_note(both, OTHER.verifier) == TEXT
    with pytest.raises(NoteError, match="not signed by"):
        open_note(theirs, SIGNER.verifier)


@pytest.mark.parametrize(
    "note",
    ["", TEXT, TEXT + "\n", TEXT + "\n- a b\n", TEXT + "\n— a\n", TEXT + "\n— a !\n", "a\tb\n\n— a YQ==\n"],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, SIGNER.verifier)


def test_text_without_a_last_newline_cannot_be_signed() -> None:
    with pytest.raises(NoteError, match="ends in a newline"):
        sign_note("text", SIGNER)


def test_a_verifier_key_survives_as_text_and_a_mangled_one_is_refused() -> None:
    text = SIGNER.verifier.to_text()
    assert Verifier.from_text(text + "\n").to_text() == text
    name, key_id, key = text.split("+", 2)
    for mangled in (
        "",
        name,
        f"{name}+{key_id}",
        f"{name}+00000000+{key}",
        f"other+{key_id}+{key}",
        f"{name}+{key_id}+AA==",
    ):
        with pytest.raises(NoteError):
            Verifier.from_text(mangled)


def test_key_names_have_no_space_and_no_plus() -> None:
    for name in ("", "a b", "a+b", "a\u2003b"):
        with pytest.raises(NoteError, match="no key name"):
            Verifier(name, SIGNER.private_key.public_key())


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32))
def test_tree_heads_survive_as_text(size: int, root: bytes) -> None:
    head = TreeHead("example.com/log", size, root)
    assert TreeHead.from_text(head.to_text()) == head
    assert TreeHead.from_text(head.to_text() + "extension\n") == head


@pytest.mark.parametrize("text", ["", "a\n1\n", "a\n01\nYQ==\n", "a\n-1\nYQ==\n", "a\n1\n?\n", "\n1\nYQ==\n"])
def test_malformed_tree_heads_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        TreeHead.from_text(text)


def test_the_key_is_made_once_for_its_owner_only_and_read_again(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path / "new"), "AUDIT_ORIGIN": "example.com/log"})
    first, second = load_signer(settings), load_signer(settings)
    assert first.verifier.to_text() == second.verifier.to_text()
    path = tmp_path / "new" / "audit_key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_no_key_is_refused_with_the_settings_name(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    settings = Settings.from_env({"AUDIT_KEY_FILE": str(path)})
    wrong_kind = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"nonsense", wrong_kind):
        path.write_bytes(content)
        with pytest.raises(SettingsError, match="AUDIT_KEY_FILE"):
            load_signer(settings)
