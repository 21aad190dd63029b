"""Opening an account at a rail that identifies payees itself: the rail is called outside any transaction."""

from marketplace.identity.models import Organization, Person, Worker
from marketplace.identity.stepping_up import require_recent_sign_in
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.texts import say
from marketplace.rails.changing import Notice
from marketplace.rails.errors import RAIL_UNKNOWN
from marketplace.rails.methods import destination_of, has_destination, keep_destination
from marketplace.rails.port import NewAccount, Rails, Transactions, onboarding_rails


def begin(
    transactions: Transactions, actor: Actor, rails: Rails, rail_name: str, return_url: str, notice: Notice
) -> str:
    """The address of the rail's page where the actor, or their organization, says who they are.

    The first call opens the account and makes it their destination; any number of calls open one. Until the rail has
    what it asks for, payouts to it are refused and held, and released when the rail says so. Who is paid somewhere
    already has signed in a moment ago: on the rail's page a bank account can be changed. Raises forbidden,
    rail_unknown, rail_unavailable, step_up_required.
    """
    actor.require("payout_method.set")
    rail = onboarding_rails(rails).get(rail_name)
    if rail is None:
        message = say("This rail has no pages of its own: say the destination instead.")
        raise RAIL_UNKNOWN.error(message, errors=[FieldError("/rail", RAIL_UNKNOWN.slug, message)])
    payee_id = actor.organization_id or actor.person
    with transactions() as session:
        if has_destination(session, payee_id):
            require_recent_sign_in(session, actor)
        destination = destination_of(session, payee_id, rail_name)
        person = session.get_one(Person, actor.person)
        if actor.organization_id is None:
            country = session.get_one(Worker, payee_id).country
            wanted = NewAccount(public("person", payee_id), country, person.email, company=False)
        else:
            country = session.get_one(Organization, payee_id).country
            wanted = NewAccount(public("organization", payee_id), country, person.email, company=True)
    if destination is None:
        destination = rail.open_account(wanted)
        with transactions() as session:
            keep_destination(session, actor, rail_name, destination, notice)
    return rail.onboarding_link(destination, return_url)
