"""`piecework ledger write-off-claim` says what came back of a quality claim and what is given up."""

import uuid

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from marketplace.entrypoints.cli import piecework
from marketplace.kernel.ids import public
from marketplace.settlement.quality_deciding import agree
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import accept, hand_in


def write_off(claim_id: uuid.UUID) -> str:
    arguments = ["ledger", "write-off-claim", public("quality_claim", claim_id), "They have closed."]
    done = CliRunner().invoke(piecework, arguments)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.usefixtures("settings")
def test_it_is_said_what_came_back_and_what_is_given_up(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain, handed = make_accepted(session, claims=3, items=6, prices=("0.855", "0.37"))
        vouching, _ = chain.layers[-1]
        first, second = (open_claim(session, chain.client, answers([one]), "0.20") for one in handed[:2])
        for claim in (first, second):
            agree(session, vouching, claim.id)
    # Of three answers the layer has 0.02 each.
    assert write_off(first.id) == "0.06 CNY went back to the job's reserve, and 0.14 CNY is given up.\n"
    assert write_off(second.id) == "There was no margin to take: 0.20 CNY is given up.\n"
    with transaction(committing_engine) as session:
        third = open_claim(session, chain.client, answers(handed[2:]), "0.05")
        agree(session, vouching, third.id)
        for _ in range(3):
            accept(session, chain, hand_in(session, chain))
    assert write_off(third.id) == "0.05 CNY went back to the job's reserve, and nothing is given up.\n"
