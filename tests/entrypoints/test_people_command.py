"""`piecework people`: a person's data, their erasure, and the list of those who were erased."""

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from marketplace.entrypoints.cli import piecework
from marketplace.identity.models import Person
from marketplace.kernel.ids import public
from tests.builders.identity import make_member, make_organization, make_worker

pytestmark = pytest.mark.usefixtures("settings")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(piecework, ["people", *arguments])


def test_a_person_is_exported_erased_and_listed(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        worker = make_worker(session, name="Amina")
        operations = make_member(session, make_organization(session, "platform"), "operations")
        address = session.get_one(Person, operations.person).email
    person = public("person", worker.person)
    assert json.loads(run("export", person).stdout)["tables"][0]["rows"][0]["name"] == "Amina"
    assert run("erased").stdout == ""
    done = run("erase", person, "--by", address, "--reason", "asked_in_writing")
    assert done.exit_code == 0, done.output
    assert run("erased").stdout.startswith(f"{person}  ")
    assert run("erased", "--since", "2100-01-01").stdout == ""
    assert "Amina" not in run("export", person).stdout
