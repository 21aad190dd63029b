"""The worked example over an imitation of a bank: files in, statements out, by the commands that finance uses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.service import Service, serving
from tests.end_to_end.worked_example import Market, Outside, expect_books, prove, tell_the_story
from tests.gateways.bank.imitation import HOLDER, OURS, ImitationBank, iban, imitation
from tests.server import Server

BY = ("--by", "finance_1@example.org")


@pytest.fixture
def service_with_bank(server: Server, tmp_path: Path) -> Iterator[Service]:
    account = OURS["CNY"]
    settings: dict[str, Any] = {
        "BANK_ACCOUNTS": f"CNY:{account.number}:{account.bic}",
        "BANK_HOLDER": HOLDER,
        "BANK_TRIAL": "1",
    }
    with serving(server, tmp_path, **settings) as running:
        yield running


@dataclass
class AtTheBank(Outside):
    """Everybody has an account; files are carried to the bank and statements back."""

    service: Service
    bank: ImitationBank
    folder: Path
    paid: list[str] = field(default_factory=list)

    def paid_in(self, deposit: dict[str, Any]) -> None:
        way = deposit["pay_in"]
        assert (way["holder"], way["account"]) == (HOLDER, self.bank.account.number)
        self.bank.receive("900.00", f"Street scenes, {way['reference'][:6]} {way['reference'][6:]}")
        self.bring_statement()

    def account_of(self, key: str) -> str:
        return f"{key} person / {iban(f'{sum(key.encode()):014}')}"

    def move_on(self) -> None:
        self.service.command("bank", "export", *BY, "--to", str(self.folder))
        for file in sorted(self.folder.glob("TEST-*.xml")):
            content = file.read_bytes()
            file.unlink()
            self.service.command("bank", "file", file.stem, *BY, "--to", str(self.folder))
            assert file.read_bytes() == content, "a file that was lost is written again as it was"
            self.paid += self.bank.execute(content)
            file.rename(file.with_suffix(".sent"))
        if self.bank.lines:
            self.bring_statement()

    def bring_statement(self) -> None:
        """Each statement twice, every other one in the older form."""
        today = dt.date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", self.service.command("clock", "show"))[0])
        file = self.folder / f"statement-{self.bank.number}"
        file.write_bytes(self.bank.mt940(today) if self.bank.number % 2 else self.bank.camt(today))
        assert "Statement" in self.service.command("bank", "import", str(file), *BY)
        assert "nothing changed" in self.service.command("bank", "import", str(file), *BY)


@pytest.mark.campaign
def test_the_worked_example_over_the_bank(service_with_bank: Service, tmp_path: Path) -> None:
    service = service_with_bank
    folder = tmp_path / "bank"
    folder.mkdir()
    outside = AtTheBank(service, imitation(), folder)
    market = Market(service, "bank", outside)
    tell_the_story(market, service)
    expect_books(market["auditor"], {1020: "45.00", 4010: "45.00"})
    assert outside.bank.balance.text() == "45.00"
    assert len(outside.paid) == len(set(outside.paid)) == 10
    prove(service)
