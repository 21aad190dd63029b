from __future__ import annotations

import base64
import json
import uuid
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.notifications import signing
from marketplace.notifications import webhooks as verbs
from marketplace.notifications.models import Webhook, WebhookDelivery
from marketplace.notifications.vault import Vault, VaultError, load_vault
from marketplace.outbound.addresses import AddressPolicy
from marketplace.settings import Settings, SettingsError
from tests.builders.at_once import at_once
from tests.builders.identity import make_member, make_organization
from tests.builders.webhooks import LOOPBACK, VAULT, happen, make_webhook, plan_all

PUBLIC = AddressPolicy(resolver=lambda _host, _port: ["93.184.216.34"], encrypted_only=True)


@pytest.fixture
def owner(session: Session) -> Actor:
    return make_member(session, make_organization(session), "requester")


def refusal(session: Session, owner: Actor, url: str, policy: AddressPolicy = PUBLIC) -> DomainError:
    with pytest.raises(DomainError) as caught:
        verbs.create_webhook(session, owner, VAULT, policy, url=url, kinds=["job.funded"])
    assert [error.pointer for error in caught.value.errors] == ["/url"]
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/", "https://hooks.example.org:8443/", "https://127.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://localhost/",
        "https://metadata.google.internal/", "https://2130706433/", "https://user:pass@hooks.example.org/", "ftp://a.b/",
        "https://hooks.example.org/\x7f", "/hook", "https://hooks.example.org:0/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_public_internet_is_refused(session: Session, owner: Actor, url: str) -> None:
    assert refusal(session, owner, url).slug == "webhook_address_refused"


def test_a_name_that_leads_into_a_private_network_is_refused_and_one_nobody_knows_yet_is_taken(
    session: Session, owner: Actor
) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    private = AddressPolicy(resolver=lambda _host, _port: ["93.184.216.34", "192.168.1.1"], encrypted_only=True)
    assert refusal(session, owner, "https://hooks.example.org/", private).slug == "webhook_address_refused"
    policy = AddressPolicy(resolver=unknown, encrypted_only=True)
    assert verbs.create_webhook(session, owner, VAULT, policy, url="https://a.example.org/", kinds=["job.funded"])


def test_networks_that_the_operator_allows_are_taken_and_development_takes_http() -> None:
    settings = Settings.from_env({"WEBHOOK_NETWORKS_ALLOWED": "127.0.0.0/8, ::1/128", "DEVELOPMENT": "1"})
    policy = verbs.policy_of(settings)
    assert policy.networks_allowed == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert not policy.encrypted_only
    assert verbs.policy_of(Settings.from_env({})).encrypted_only


def test_the_secret_is_sealed_in_its_row_and_stands_nowhere_else(session: Session, owner: Actor) -> None:
    webhook, secret = make_webhook(session, owner, "http://127.0.0.1:9/")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    row = session.execute(text("SELECT webhook::text FROM webhook")).scalar_one()
    key = secret.removeprefix("whsec_")
    for form in (key, key.encode().hex(), base64.b64decode(key).hex()):
        assert form not in row
    events = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == webhook.id)).all()
    assert [json.loads(event.body)["data"] for event in events] == [{"host": "127.0.0.1", "kinds": ["job.funded"]}]
    assert VAULT.open(webhook.id, webhook.secret or b"") == secret


def test_a_sealed_secret_opens_with_its_key_and_for_its_webhook_only() -> None:
    webhook_id, other = new_id(), Vault(bytes(32))
    sealed = VAULT.seal(webhook_id, "whsec_x")
    assert VAULT.seal(webhook_id, "whsec_x") != sealed, "never the same twice"
    assert "key" not in repr(VAULT)
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for vault, whose, content in (
        (other, webhook_id, sealed),
        (VAULT, uuid.UUID(int=0), sealed),
        (VAULT, webhook_id, altered),
        (VAULT, webhook_id, b"\x02" + sealed[1:]),
    ):
        with pytest.raises(VaultError):
            vault.open(whose, content)


def test_the_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})
    webhook_id = new_id()
    sealed = load_vault(settings).seal(webhook_id, "whsec_x")
    assert load_vault(settings).open(webhook_id, sealed) == "whsec_x"
    path = tmp_path / "webhook_key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("short")
    with pytest.raises(SettingsError, match="WEBHOOK_KEY_FILE"):
        load_vault(settings)


def test_signatures_are_those_of_the_published_test_vector() -> None:
    # From the specification's own libraries.
    signed = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_organization_has_a_limited_number_however_many_are_made_at_once(committing_engine: Any) -> None:
    with Session(committing_engine, expire_on_commit=False) as opened, opened.begin():
        owner = make_member(opened, make_organization(opened), "requester")
        for _ in range(verbs.WEBHOOKS_MAX - 1):
            make_webhook(opened, owner, "http://127.0.0.1:9/")

    def make() -> None:
        with Session(committing_engine) as opened, opened.begin():
            make_webhook(opened, owner, "http://127.0.0.1:9/")

    assert at_once(*[make] * 4) == {"done": 1, "webhook_limit": 3}


def test_a_webhook_is_told_what_happens_after_it_was_made(session: Session, owner: Actor) -> None:
    happen(session, owner.organization_id, 1, 2)
    make_webhook(session, owner, "http://127.0.0.1:9/")
    happen(session, owner.organization_id, 3)
    assert plan_all(session) == 1
    content = json.loads(session.scalars(select(WebhookDelivery.payload)).one())
    assert content["data"]["amount"] == {"amount": "3.00", "currency": "CNY"}


def test_a_webhook_is_told_the_kinds_it_asks_for_of_its_own_organization(session: Session, owner: Actor) -> None:
    other = make_member(session, make_organization(session), "requester")
    make_webhook(session, owner, "http://127.0.0.1:9/", ["job.funded"])
    make_webhook(session, owner, "http://127.0.0.1:9/", ["contract.offered"])
    make_webhook(session, other, "http://127.0.0.1:9/", ["job.funded"])
    happen(session, owner.organization_id, 1)
    assert plan_all(session) == 1


def test_a_change_of_an_older_version_is_stale_and_no_change_makes_no_version(session: Session, owner: Actor) -> None:
    webhook, _ = make_webhook(session, owner, "http://127.0.0.1:9/")
    same = verbs.change_webhook(session, owner, LOOPBACK, webhook.id, 1, {"kinds": ["job.funded"]})
    assert same.version == 1
    changed = verbs.change_webhook(
        session, owner, LOOPBACK, webhook.id, 1, {"url": "http://127.0.0.1:8/", "state": "disabled"}
    )
    assert (changed.version, changed.disabled_reason) == (2, "owner")
    with pytest.raises(DomainError, match="stale"):
        verbs.change_webhook(session, owner, LOOPBACK, webhook.id, 1, {"description": "x"})
    with pytest.raises(DomainError, match="webhook_address_refused"):
        verbs.change_webhook(session, owner, PUBLIC, webhook.id, 2, {"url": "https://10.0.0.1/"})
    with pytest.raises(DomainError, match="webhook_disabled"):
        verbs.ping(session, owner, webhook.id)


def test_a_third_secret_ends_the_first_and_deleting_forgets_all(session: Session, owner: Actor) -> None:
    webhook, first = make_webhook(session, owner, "http://127.0.0.1:9/")
    _, second = verbs.rotate_secret(session, owner, VAULT, webhook.id, verbs.OVERLAP_MAX)
    _, third = verbs.rotate_secret(session, owner, VAULT, webhook.id, verbs.OVERLAP_MAX)
    kept = {VAULT.open(webhook.id, sealed or b"") for sealed in (webhook.secret, webhook.secret_before)}
    assert kept == {second, third}
    assert first not in kept
    verbs.delete_webhook(session, owner, webhook.id)
    assert (webhook.secret, webhook.secret_before) == (None, None)
    with pytest.raises(DomainError, match="not_found"):
        verbs.delete_webhook(session, owner, webhook.id)


def test_only_who_manages_webhooks_may_and_only_their_own(session: Session, owner: Actor) -> None:
    webhook, _ = make_webhook(session, owner, "http://127.0.0.1:9/")
    stranger = make_member(session, make_organization(session, "subcontractor"), "manager")
    reviewer = make_member(session, session.get_one(Organization, owner.organization), "reviewer")
    for actor, slug in ((stranger, "not_found"), (reviewer, "forbidden")):
        with pytest.raises(DomainError, match=slug):
            verbs.rotate_secret(session, actor, VAULT, webhook.id, verbs.OVERLAP_MAX)
        with pytest.raises(DomainError, match=slug):
            verbs.delete_webhook(session, actor, webhook.id)
    assert session.get_one(Webhook, webhook.id).state == "active"
