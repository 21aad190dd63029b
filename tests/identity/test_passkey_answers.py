"""What browsers send of passkeys, broken in every way: refused like a wrong one, and never an error of the server."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from marketplace.identity import passkeys
from marketplace.identity.ceremonies import read_answer, site_of
from marketplace.kernel.errors import DomainError
from tests.builders.identity import Mailbox, make_worker, signed_in
from tests.builders.passkeys import HERE, SITE, Authenticator, add_passkey, answer


def refused(call: Callable[[], object]) -> None:
    with pytest.raises(DomainError) as raised:
        call()
    assert raised.value.slug == "passkey_refused"


NO_ANSWERS = (
    *("", "{", "[]", "null", "7", '"x"', "{}", '{"response": 1}', '{"response": {"clientDataJSON": "%"}}'),
    *("[" * 5000, "x" * 30_000, '{"rawId": "AA", "response": {"clientDataJSON": "eyJ9"}}'),
    '{"rawId": "AA", "response": {"clientDataJSON": "bnVsbA"}}',
)


@pytest.mark.parametrize("sent", NO_ANSWERS)
def test_what_is_no_answer_is_refused_like_a_wrong_one(sent: str) -> None:
    refused(lambda: read_answer(sent))


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "attestationObject"])
@pytest.mark.parametrize("wrong", ["", "AAAA", "oA", "%%%", 7, None])
def test_broken_parts_are_refused_like_wrong_ones(session: Session, part: str, wrong: object) -> None:
    worker, device = signed_in(session, make_worker(session)), Authenticator()
    add_passkey(session, worker, device)
    if part != "attestationObject":
        sent = json.loads(device.get(passkeys.ask_to_sign_in(session, SITE, "work", HERE)))
        sent["response"][part] = wrong
        refused(lambda: answer(session, json.dumps(sent)))
    if part in {"clientDataJSON", "attestationObject"}:
        sent = json.loads(Authenticator().create(passkeys.ask_to_add(session, worker, SITE, "work", HERE)))
        sent["response"][part] = wrong
        refused(lambda: passkeys.add(session, worker, SITE, "work", HERE, json.dumps(sent), "A", Mailbox()))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Market.example", "https://market.example"),
        ("https://market.example:443/", "https://market.example"),
        ("https://market.example:8443", "https://market.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://market.example", None),
        ("https://192.0.2.7", None),
        ("http://127.0.0.1:8000", None),
        ("https://[2001:db8::1]:8000", None),
    ],
)
def test_passkeys_are_bound_to_the_configured_address(address: str, origin: str | None) -> None:
    site = site_of(address)
    assert (site and site.origin) == origin
