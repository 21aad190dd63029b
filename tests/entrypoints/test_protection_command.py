"""`piecework protection deferral-limit`: the longest deferral of pay by hand."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from marketplace.entrypoints.cli import piecework
from tests.builders.identity import make_organization

pytestmark = pytest.mark.usefixtures("settings")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(piecework, ["protection", *arguments])


def test_a_limit_is_set_listed_and_ended_with_a_reason(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        make_organization(session, "platform")
    assert run("deferral-limit", "DE", "60").exit_code == 2, "no reason was given"
    statute = ("--statute", "BGB", "271a", "receipt of the service", "--read-on", "2026-11-28")
    done = run("deferral-limit", "DE", "60", "days", "--because", "We read it", *statute)
    assert done.exit_code == 0, done.output
    assert run("deferral-limits").stdout == (
        "DE  60 days  BGB, 271a; it counts from receipt of the service, read 2026-11-28\n"
    )
    assert run("deferral-limit", "DE", "--because", "It does not bind us").exit_code == 0
    assert run("deferral-limits").stdout == ""
