"""`piecework ledger` moves the platform's own money by two people, and says what came of it."""

import uuid

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from marketplace.entrypoints.cli import piecework
from marketplace.identity.models import Person
from marketplace.kernel.ids import public
from marketplace.settlement.quality_deciding import agree
from tests.builders.identity import make_staff
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import accept, hand_in


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(piecework, ["ledger", *words])
    assert done.exit_code == code, done.output
    return done.output


def two_of_finance(engine: Engine) -> tuple[str, str]:
    """The addresses of two people of finance."""
    with transaction(engine) as session:
        one, other = (session.get_one(Person, make_staff(session, "finance").person).email for _ in range(2))
        assert one
        assert other
        return one, other


def write_off(claim_id: uuid.UUID, finance: tuple[str, str]) -> str:
    claim = public("quality_claim", claim_id)
    proposed = run("write-off-claim", claim, "They have closed.", "--by", finance[0]).split()[1]
    return run("approve-money", proposed, "--by", finance[1])


@pytest.mark.usefixtures("settings")
def test_it_is_said_what_came_back_and_what_is_given_up(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain, handed = make_accepted(session, claims=3, items=6, prices=("0.855", "0.37"))
        vouching, _ = chain.layers[-1]
        first, second = (open_claim(session, chain.client, answers([one]), "0.20") for one in handed[:2])
        for claim in (first, second):
            agree(session, vouching, claim.id)
    finance = two_of_finance(committing_engine)
    # Of three answers the layer has 0.02 each.
    assert write_off(first.id, finance) == (
        "Margins went back to the job's reserve; of 0.20 CNY there was 0.14 CNY to be given up.\n"
    )
    assert write_off(second.id, finance) == "Given up; there was no margin to take: 0.20 CNY.\n"
    with transaction(committing_engine) as session:
        third = open_claim(session, chain.client, answers(handed[2:]), "0.05")
        agree(session, vouching, third.id)
        for _ in range(3):
            accept(session, chain, hand_in(session, chain))
    assert write_off(third.id, finance) == (
        "Margins went back to the job's reserve; of 0.05 CNY there was 0.00 CNY to be given up.\n"
    )


@pytest.mark.usefixtures("settings")
def test_capital_needs_nobody_before_anybody_is_of_finance_and_two_people_from_then_on(
    committing_engine: Engine,
) -> None:
    alone = run("capital", "100.00", "CNY", "The owners' first.")
    assert alone == "The operating account holds 100.00 CNY. No second person saw this; the log says so.\n"
    one, other = two_of_finance(committing_engine)
    run("capital", "100.00", "CNY", "Once more.", code=1)
    proposed = run("capital", "100.00", "CNY", "Once more.", "--by", one).split()[1]
    run("approve-money", proposed, "--by", one, code=1)
    assert run("approve-money", proposed, "--by", other) == "Put into the operating account: 100.00 CNY.\n"
    proposed = run("contribute", "30.00", "CNY", "For the fund.", "--by", other).split()[1]
    assert run("reject-money", proposed, "--by", other) == "Given up; nothing was moved.\n"
    assert "200.00 CNY" in run("balance")
