"""A bundle with a time stamp in it: when all of it was there, by somebody outside, or refuted."""

import base64
import datetime as dt
import json
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from marketplace.audit import offline
from tests.audit.parts import SIGNER, note, seal_all
from tests.builders.time_authority import TimeAuthority, keep_stamp, sha256
from tests.provenance.test_bundles import bundle_of, signed_again, worked

KEY = SIGNER.verifier.to_text()


@pytest.fixture(scope="module")
def authority() -> TimeAuthority:
    return TimeAuthority()


@pytest.fixture
def content(session: Session, authority: TimeAuthority) -> bytes:
    """A bundle of an accepted answer, stamped, after which the log went on."""
    authority.at = None
    _, handed = worked(session)
    keep_stamp(session, authority)
    note(session)
    seal_all(session)
    return bundle_of(session, handed.worker, handed.answer_ids)


def test_when_all_of_it_was_there_is_proven_under_the_root_one_trusts(content: bytes, authority: TimeAuthority) -> None:
    lines, wrong = offline.verify(content, KEY, roots=[authority.root])
    assert wrong is None, wrong
    proven = [line for word, line in lines if word == "proven"]
    assert any("by the time stamp of CN=Clock of the tests, under the root" in line for line in proven)
    lines, wrong = offline.verify(content, KEY)
    assert wrong is None, wrong
    assert any(word == "as told" and "whether you trust it" in line for word, line in lines)
    _, wrong = offline.verify(content, KEY, roots=[TimeAuthority().root])
    assert wrong is not None
    assert "does not lead to the root" in wrong


def test_a_bundle_without_a_time_stamp_says_so_to_who_asks_for_one(session: Session, authority: TimeAuthority) -> None:
    _, handed = worked(session)
    content = bundle_of(session, handed.worker, handed.answer_ids)
    assert offline.verify(content, KEY)[1] is None
    assert offline.verify(content, KEY, roots=[authority.root])[1] == "the bundle has no time stamp"


def another_token(told: dict[str, str], authority: TimeAuthority) -> None:
    told["token"] = base64.b64encode(authority.token(sha256(b"something else"))).decode()


def another_note(told: dict[str, str], _: TimeAuthority) -> None:
    told["note"] = told["note"].replace("\n\n", "\nmore\n\n")


def no_proof(told: dict[str, object], _: TimeAuthority) -> None:
    told["proof"] = []


def years_before(told: dict[str, str], authority: TimeAuthority) -> None:
    authority.at = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    told["token"] = base64.b64encode(authority.token(sha256(told["note"].encode()))).decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (another_token, "the time stamp is of something else"),
        (another_note, "does not fit"),
        (no_proof, "the log was rewritten since the time stamp"),
        (years_before, "after the time stamp over it"),
    ],
)
def test_a_lie_about_time_is_refuted(
    content: bytes, authority: TimeAuthority, change: Callable[..., None], said: str
) -> None:
    told = json.loads(content)
    change(told["stamp"], authority)
    _, wrong = offline.verify(signed_again(told), KEY)
    assert wrong is not None
    assert said in wrong


def test_the_earliest_time_stamp_over_the_bundle_is_in_it(session: Session, authority: TimeAuthority) -> None:
    authority.at = None
    _, handed = worked(session)
    first = keep_stamp(session, authority)
    note(session)
    seal_all(session)
    keep_stamp(session, authority)
    told = json.loads(bundle_of(session, handed.worker, handed.answer_ids))
    assert told["stamp"]["note"].split("\n")[1] == str(first.tree_size)
