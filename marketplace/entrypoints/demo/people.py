"""The people of the demo market, signed up through the same verbs that strangers use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity import directory, keys, setup, signin, signup
from marketplace.identity.authentication import actor_of_person
from marketplace.identity.models import Membership, Organization, Person
from marketplace.identity.terms import TERMS_VERSION
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ports import Message

PUBLIC_URL: Final = "http://127.0.0.1"
_LINK: Final = re.compile(r"/(?:work|console)/sign-in/(\S+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One person of the demo: where they sign in, and for whom they act."""

    key: str
    name: str
    email: str
    role: str
    organization: str | None

    @property
    def face(self) -> str:
        """Where they sign in: "work" or "console"."""
        return "work" if self.organization is None else "console"


CLIENT: Final = "Harbour Vision"
LAYER_1: Final = "Meridian Data"
LAYER_2: Final = "Riverbend Labeling"
PLATFORM: Final = "Piecework"

OPERATIONS: Final = Part("operations", "Olga Operations", "olga@piecework.example", "operations", PLATFORM)
CAST: Final[tuple[Part, ...]] = (
    Part("client", "Clara Chen", "clara@harbour.example", "requester", CLIENT),
    Part("layer_1", "Marco Mendes", "marco@meridian.example", "manager", LAYER_1),
    Part("layer_2", "Rita Rao", "rita@riverbend.example", "manager", LAYER_2),
    Part("reviewer", "Ravi Review", "ravi@riverbend.example", "reviewer", LAYER_2),
    Part("worker_1", "Amina Otieno", "amina@people.example", "worker", None),
    Part("worker_2", "Bo Zhang", "bo@people.example", "worker", None),
    Part("worker_3", "Chitra Devi", "chitra@people.example", "worker", None),
    Part("finance_1", "Farid Finance", "farid@piecework.example", "finance", PLATFORM),
    Part("finance_2", "Fiona Finance", "fiona@piecework.example", "finance", PLATFORM),
    Part("dispute_decider", "Dana Dispute", "dana@piecework.example", "dispute_decider", PLATFORM),
    Part("auditor", "Aude Auditor", "aude@piecework.example", "auditor", PLATFORM),
    OPERATIONS,
)
WORKERS: Final = ("worker_1", "worker_2", "worker_3")
_HOMES: Final = {"worker_1": ("KE", ["sw", "en"]), "worker_2": ("CN", ["zh"]), "worker_3": ("NP", ["hi", "en"])}
_COUNTRIES: Final = {CLIENT: "SG", LAYER_1: "PT", LAYER_2: "IN"}


@dataclass(slots=True)
class Mailbox:
    """A mailer that keeps what it is given, so that the demo can open the links of its own people."""

    messages: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """Keep the message."""
        self.messages.append(message)

    def newest_token(self) -> str:
        """The sign-in token in the newest mail."""
        found = _LINK.search(self.messages[-1].text)
        if found is None:
            raise RuntimeError("the newest mail holds no sign-in link")
        return found[1]


def sign_everybody_up(session: Session) -> None:
    """The first operator by setup, the others by signing up and opening their mail, members without one."""
    setup.create_first_operator(session, system_actor("demo"), name=OPERATIONS.name, email=OPERATIONS.email)
    operator = actor(session, OPERATIONS.key)
    mailbox = Mailbox()
    for part in CAST:
        if part.key in {"client", "layer_1", "layer_2"}:
            _sign_up_organization(session, operator, part, mailbox)
        elif part.role == "worker":
            _sign_up_worker(session, part, mailbox)
        elif part is not OPERATIONS:
            home = session.scalars(select(Organization).where(Organization.name == part.organization)).one()
            directory.enlist_member(session, operator, home.id, name=part.name, email=part.email, role=part.role)
    session.flush()


def _sign_up_organization(session: Session, operator: Actor, part: Part, mailbox: Mailbox) -> None:
    name = part.organization or ""
    signup.sign_up_organization(
        session,
        mailbox,
        kind="client" if part.role == "requester" else "subcontractor",
        organization_name=name,
        country=_COUNTRIES[name],
        name=part.name,
        email=part.email,
        terms_version=TERMS_VERSION,
        public_url=PUBLIC_URL,
    )
    signin.consume(session, part.face, token=mailbox.newest_token())
    signup.decide_sign_up(session, operator, organization_id(session, part.key), approve=True)


def _sign_up_worker(session: Session, part: Part, mailbox: Mailbox) -> None:
    country, languages = _HOMES[part.key]
    signup.sign_up_worker(
        session,
        mailbox,
        name=part.name,
        email=part.email,
        country=country,
        languages=languages,
        adult=True,
        terms_version=TERMS_VERSION,
        public_url=PUBLIC_URL,
    )
    signin.consume(session, part.face, token=mailbox.newest_token())


def part_of(key: str) -> Part:
    """The part with that key; raises KeyError."""
    return {part.key: part for part in CAST}[key]


def person_id(session: Session, key: str) -> UUID:
    """Who plays the part."""
    return session.scalars(select(Person.id).where(Person.email == part_of(key).email)).one()


def organization_id(session: Session, key: str) -> UUID:
    """For which organization the part acts."""
    return session.scalars(
        select(Membership.organization_id).where(Membership.person_id == person_id(session, key))
    ).one()


def actor(session: Session, key: str) -> Actor:
    """The actor of a part, as signed in."""
    organization = None if part_of(key).organization is None else organization_id(session, key)
    found = actor_of_person(session, person_id(session, key), organization, via="command_line")
    if found is None:
        raise RuntimeError(f"{key} has no role in the market")
    return found


def issue_keys(session: Session) -> dict[str, str]:
    """A key for each part: part -> secret."""
    issued = {}
    for part in CAST:
        home = None if part.organization is None else organization_id(session, part.key)
        holder = person_id(session, part.key)
        _, issued[part.key] = keys.issue_key(
            session, system_actor("demo"), person_id=holder, organization_id=home, name="demo"
        )
    return issued


def is_loaded(session: Session) -> bool:
    """Whether the demo market's people are here."""
    return session.scalar(select(Person.id).where(Person.email == OPERATIONS.email)) is not None
