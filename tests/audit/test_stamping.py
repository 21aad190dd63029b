"""Time stamps: asked for over HTTP from an authority of our own, kept with the head, proven or refuted."""

import datetime as dt
import json
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.models import AuditEvent
from marketplace.audit.sealing import Checkpoint
from marketplace.audit.stamping import Stamping, TimestampError, last_stamp, stamp, stamp_over, stamps
from marketplace.gateways.choosing import make_stamping
from marketplace.gateways.timestamping import HttpAuthority
from marketplace.settings import Settings
from tests.audit.parts import SIGNER, note, note_many, seal_all
from tests.builders.time_authority import TimeAuthority, integer, sequence, serving, sha256

KEY = SIGNER.verifier.to_text()


@pytest.fixture(scope="module")
def made() -> TimeAuthority:
    return TimeAuthority()


@pytest.fixture
def authority(made: TimeAuthority) -> TimeAuthority:
    made.at, made.answers, made.asked = None, "well", 0
    return made


@pytest.fixture
def url(authority: TimeAuthority) -> Iterator[str]:
    with serving(authority) as address:
        yield address


def sealed(session: Session) -> Checkpoint:
    note_many(session, 3)
    return seal_all(session)[-1]


def stamped(session: Session, url: str, every: dt.timedelta = dt.timedelta(0), seconds_max: float = 5) -> int:
    def transactions() -> AbstractContextManager[Session]:
        return nullcontext(session)

    return stamp(transactions, Stamping(HttpAuthority(url, seconds_max=seconds_max), every))


def test_the_newest_head_is_stamped_kept_and_told_by_an_event(
    session: Session, authority: TimeAuthority, url: str
) -> None:
    assert stamped(session, url) == 0, "nothing is sealed yet"
    head = sealed(session)
    assert stamped(session, url) == 1
    kept = last_stamp(session)
    assert kept is not None
    assert (kept.tree_size, kept.authority) == (3, url)
    told = offline.read_stamp(kept.token, head.note.encode())
    assert told.at == kept.stamped_at
    assert offline.leads_to(told, [authority.root])
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "checkpoint.stamped")).one()
    data = json.loads(event.body)["data"]
    assert (data["tree_size"], data["authority"], data["token"]) == (3, url, sha256(kept.token).hex())


def test_it_is_asked_only_after_so_many_minutes_and_when_something_else_was_recorded(
    session: Session, authority: TimeAuthority, url: str
) -> None:
    sealed(session)
    assert stamped(session, url) == 1
    seal_all(session)
    assert stamped(session, url) == 0, "only its own event is new"
    note(session)
    seal_all(session)
    assert stamped(session, url, dt.timedelta(hours=1)) == 0, "not before its time"
    assert authority.asked == 1
    assert stamped(session, url) == 1
    assert [one.tree_size for one in stamps(session).data] == [5, 3]


def test_without_an_authority_nobody_is_asked(session: Session) -> None:
    sealed(session)
    assert stamp(lambda: nullcontext(session), None) == 0


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("refusal", "grants no time stamp: not today"),
        ("rubbish", "answers with no time stamp"),
        ("another_digest", "the time stamp is of something else"),
        ("another_nonce", "answers another question"),
        ("unavailable", "answered with 503"),
        ("too_much", "more than 65536 bytes"),
    ],
)
def test_what_proves_nothing_is_not_kept(
    session: Session, authority: TimeAuthority, url: str, answers: str, said: str
) -> None:
    sealed(session)
    authority.answers = answers
    with pytest.raises(TimestampError, match=said):
        stamped(session, url)
    assert last_stamp(session) is None


def test_an_authority_that_drips_or_is_away_is_left_after_seconds_and_sealing_goes_on(
    session: Session, authority: TimeAuthority, url: str
) -> None:
    sealed(session)
    authority.answers = "slowly"
    begun = time.monotonic()
    with pytest.raises(TimestampError):
        stamped(session, url, seconds_max=1)
    assert time.monotonic() - begun < 4
    with pytest.raises(TimestampError):
        stamped(session, "http://127.0.0.1:1/tsr", seconds_max=1)
    note(session)
    assert seal_all(session), "nothing that was asked holds the sealer"


@pytest.mark.parametrize("kind", ["rsa", "ec", "ed25519"])
def test_time_stamps_of_each_kind_of_key_are_proven(kind: str) -> None:
    authority = TimeAuthority(kind)
    stamp_ = offline.read_stamp(authority.token(sha256(b"head")), b"head")
    assert offline.leads_to(stamp_, [authority.root])
    assert not offline.leads_to(stamp_, [TimeAuthority().root])
    with pytest.raises(offline.Wrong, match="of something else"):
        offline.read_stamp(authority.token(sha256(b"head")), b"another head")


def test_what_we_imitate_is_a_time_stamp_to_others_too(authority: TimeAuthority, tmp_path: Path) -> None:
    token = authority.token(sha256(b"head"), integer(9))
    response = decode_timestamp_response(sequence(sequence(integer(0)), token))
    verifier = VerifierBuilder().add_root_certificate(authority.root).nonce(9).build()
    assert verifier.verify_message(response, b"head")
    openssl = shutil.which("openssl")
    if openssl is None:
        return
    for name, content in (("token.der", token), ("head", b"head"), ("root.pem", authority.root_pem)):
        (tmp_path / name).write_bytes(content)
    arguments = ("ts", "-verify", "-token_in", "-in", "token.der", "-data", "head", "-CAfile", "root.pem")
    done = subprocess.run([openssl, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_no_flipped_bit_of_a_time_stamp_is_accepted_as_another_time(authority: TimeAuthority) -> None:
    token = authority.token(sha256(b"head"))
    true = offline.read_stamp(token, b"head")
    chance = random.Random(3161)
    for place in chance.sample(range(8 * len(token)), 1500):
        flipped = bytearray(token)
        flipped[place // 8] ^= 1 << place % 8
        try:
            found = offline.read_stamp(bytes(flipped), b"head")
        except offline.Wrong:
            continue
        # What neither the signature nor the parser looks at says nothing: versions, and names of algorithms beside.
        assert (found.at, found.signer) == (true.at, true.signer)


def test_a_certificate_for_something_else_or_of_another_time_stamps_nothing() -> None:
    server = TimeAuthority(usage=ExtendedKeyUsageOID.SERVER_AUTH)
    with pytest.raises(offline.Wrong, match="not for time stamps"):
        offline.read_stamp(server.token(sha256(b"head")), b"head")
    late = TimeAuthority()
    late.at = dt.datetime(2070, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(offline.Wrong, match="was not valid then"):
        offline.read_stamp(late.token(sha256(b"head")), b"head")
    stolen, other = TimeAuthority(), TimeAuthority()
    stolen.certificate = other.certificate
    with pytest.raises(offline.Wrong, match="does not fit"):
        offline.read_stamp(stolen.token(sha256(b"head")), b"head")


def test_the_earliest_time_stamp_over_some_leaves_is_chosen_else_the_last(
    session: Session, authority: TimeAuthority, url: str
) -> None:
    assert authority.answers == "well"
    for _ in range(2):
        sealed(session)
        stamped(session, url)
    found = [stamp_over(session, leaves, 9) for leaves in (1, 3, 4, 7, 8)]
    assert [one.tree_size if one else None for one in found] == [3, 3, 7, 7, 7]
    before = stamp_over(session, 1, 2)
    assert before is None, "of a larger head it proves nothing here"


def test_the_program_proves_the_time_stamp_of_a_checkpoint(
    session: Session, authority: TimeAuthority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = sealed(session)
    files = {
        "checkpoint.txt": head.note.encode(),
        "stamp.der": authority.token(sha256(head.note.encode())),
        "other.der": authority.token(sha256(b"another")),
        "root.pem": authority.root_pem,
        "stranger.pem": TimeAuthority().root_pem,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    def run(token: str, *more: str) -> tuple[int, str]:
        arguments = [
            "--timestamp",
            str(tmp_path / token),
            "--checkpoint",
            str(tmp_path / "checkpoint.txt"),
            "--key",
            KEY,
        ]
        status = offline.main([*arguments, *more])
        return status, capsys.readouterr().out

    capsys.readouterr()
    status, said = run("stamp.der")
    assert (status, said.startswith("as told: the checkpoint of 3 leaves was there on ")) == (0, True)
    status, said = run("stamp.der", "--timestamp-root", str(tmp_path / "root.pem"))
    assert (status, said.startswith("proven: the checkpoint of 3 leaves was there on ")) == (0, True)
    assert "CN=Clock of the tests" in said
    for token, root, wrong in (
        ("other.der", "root.pem", "of something else"),
        ("stamp.der", "stranger.pem", "does not lead to the root"),
        ("stamp.der", "stamp.der", "holds no certificate"),
        ("root.pem", "root.pem", "WRONG"),
    ):
        status, said = run(token, "--timestamp-root", str(tmp_path / root))
        assert status == 1
        assert wrong in said


def test_the_settings_name_the_authority_and_how_often_it_is_asked(tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path), "TIMESTAMP_URL": "https://tsa.example/tsr", "TIMESTAMP_MINUTES": "5"}
    stamping = make_stamping(Settings.from_env(environment))
    assert stamping is not None
    assert (stamping.authority.name, stamping.every) == ("https://tsa.example/tsr", dt.timedelta(minutes=5))
    assert make_stamping(Settings.from_env({"DATA_DIR": str(tmp_path)})) is None
