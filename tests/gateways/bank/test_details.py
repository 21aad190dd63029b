"""What camt.053 and MT940 say of an entry beside its amount: payments one by one, charges inside, pages, reversals."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank import camt053, mt940
from marketplace.gateways.bank.statements import Statement
from marketplace.gateways.bank_models import BankFile
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import bank_wages, held
from marketplace.reconciliation.models import ExternalLine
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.gateways.bank.imitation import OURS, Line, valid
from tests.gateways.bank.standing import DAY, AtTheBank, a_sent_payout, cny, journals
from tests.gateways.bank.test_windows import executed, pay, ways

VERSIONS = ("02", "04", "08")
PAID = [f"PO-{'0' * 25}{number}-001" for number in (1, 2)]


@dataclass
class Part:
    """One payment in an entry, as the versions write it; `charge` is what the bank kept of it."""

    amount: str
    reference: str
    charge: str = ""
    mark: str = ""

    def xml(self, version: str) -> str:
        amount = f'<Amt Ccy="CNY">{self.amount}</Amt>'
        said = self.mark or ("DBIT" if version == "04" else "")  # which must say it, the eighth may
        mark = f"<CdtDbtInd>{said}</CdtDbtInd>" if said else ""
        charge = f'<Amt Ccy="CNY">{self.charge}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
        if version == "02":
            amounts = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
            charges = f"<Chrgs>{charge}</Chrgs>"
        else:
            amounts, charges = f"{amount}{mark}", f"<Chrgs><Rcrd>{charge}</Rcrd></Chrgs>"
        refs = f"<Refs><EndToEndId>{self.reference}</EndToEndId></Refs>"
        return f"<TxDtls>{refs}{amounts}{charges if self.charge else ''}</TxDtls>"


def entry(version: str, amount: str, inside: str, *, more: str = "", mark: str = "DBIT") -> str:
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version == "08" else "<Sts>BOOK</Sts>"
    return (
        f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>{more}{status}'
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><AcctSvcrRef>A-1</AcctSvcrRef><BkTxCd/><NtryDtls>{inside}</NtryDtls></Ntry>"
    )


def document(
    version: str, opening: str, closing: str, *entries: str, codes: str = "OPBD CLBD", page: str = ""
) -> bytes:
    """A statement of our account, or a page of it."""
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount.removeprefix("-")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount.startswith('-') else 'CRDT'}</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>"
        for code, amount in zip(codes.split(), (opening, closing), strict=True)
    )
    numbered = f"<PgNb>{page}</PgNb><LastPgInd>{str('CLBD' in codes).lower()}</LastPgInd>"
    of_message = f"<MsgPgntn>{numbered}</MsgPgntn>" if page and version == "02" else ""
    paged = f"<StmtPgntn>{numbered}</StmtPgntn>" if page and version != "02" else ""
    made = f"<CreDtTm>{DAY}T20:00:00</CreDtTm>"
    statement = (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><GrpHdr>'
        f"<MsgId>M</MsgId>{made}{of_message}</GrpHdr><Stmt><Id>S-9</Id>{paged}{made}<Acct><Id><IBAN>{OURS['CNY'].number}</IBAN></Id></Acct>{balances}{''.join(entries)}"
        f"</Stmt></BkToCstmrStmt></Document>"
    )
    return valid(statement, version)


def lines(data: bytes) -> list[tuple[str, str, bool]]:
    """Amount, the reference said in it, and whether it is a charge, of each entry of the only statement."""
    (one,) = camt053.read(data)
    return [(line.amount.text(), line.text.partition(" ")[0], line.charge) for line in one.entries]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_collective_entry_is_as_many_lines_as_the_bank_details(version: str) -> None:
    parts = [Part("10.00", PAID[0]), Part("2.34", PAID[1])]
    one = entry(version, "12.34", "".join(part.xml(version) for part in parts))
    assert lines(document(version, "0", "-12.34", one)) == [("-10.00", PAID[0], False), ("-2.34", PAID[1], False)]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_does_not_sum_to_its_entry_stays_one_line(version: str) -> None:
    parts = [Part("10.00", PAID[0]), Part("2.33", PAID[1])]
    one = entry(version, "12.34", "".join(part.xml(version) for part in parts))
    assert [amount for amount, *_ in lines(document(version, "0", "-12.34", one))] == ["-12.34"]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_part_that_goes_the_other_way_has_its_own_sign(version: str) -> None:
    parts = [Part("15.00", PAID[0], mark="DBIT"), Part("2.66", PAID[1], mark="CRDT")]
    one = entry(version, "12.34", "".join(part.xml(version) for part in parts))
    assert [amount for amount, *_ in lines(document(version, "0", "-12.34", one))] == ["-15.00", "2.66"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("mark", "booked", "charges", "told"),
    [
        ("DBIT", "10.35", ["0.35"], [("-10.00", False), ("-0.35", True)]),
        ("CRDT", "9.65", ["0.35"], [("10.00", False), ("-0.35", True)]),
        ("DBIT", "10.00", ["0.35"], [("-10.00", False)]),
        ("DBIT", "9.99", ["0.35"], [("-9.99", False)]),
        ("DBIT", "20.52", ["0.35", "0.17"], [("-10.00", False), ("-0.35", True), ("-10.00", False), ("-0.17", True)]),
        ("DBIT", "20.35", ["0.35", ""], [("-10.00", False), ("-0.35", True), ("-10.00", False)]),
    ],
)
def test_a_charge_inside_an_entry_is_a_line_of_its_own_where_it_makes_the_entry(
    version: str, mark: str, booked: str, charges: list[str], told: list[tuple[str, bool]]
) -> None:
    own = mark if version == "04" else ""
    inside = "".join(Part("10.00", PAID[0], charge, own).xml(version) for charge in charges)
    closing = booked if mark == "CRDT" else f"-{booked}"
    found = lines(document(version, "0", closing, entry(version, booked, inside, mark=mark)))
    assert [(amount, charge) for amount, _, charge in found] == told


@pytest.mark.parametrize(("said", "is_one"), [("true", True), ("1", True), ("false", False), ("0", False)])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_reversal_is_known_by_its_flag_and_has_the_sign_of_its_mark(version: str, said: str, is_one: bool) -> None:
    inside = Part("10.00", PAID[0], mark="CRDT").xml(version)
    one = entry(version, "10.00", inside, mark="CRDT", more=f"<RvslInd>{said}</RvslInd>")
    (statement,) = camt053.read(document(version, "0", "10.00", one))
    assert [(line.amount, line.returned) for line in statement.entries] == [(cny("10"), is_one)]


@pytest.mark.parametrize(
    ("mark", "amount", "returned"),
    [("RC", "-7.00", True), ("RD", "7.00", True), ("rd", "7.00", True), ("C", "7.00", False), ("D", "-7.00", False)],
)
def test_an_mt940_reversal_goes_against_what_it_reverses(
    there: AtTheBank, mark: str, amount: str, returned: bool
) -> None:
    there.bank.receive("7.00", "rent")
    data = there.bank.mt940(DAY).replace(b"0301C7,00", f"0301{mark}7,00".encode())
    ((line,),) = (one.entries for one in mt940.read(data))
    assert (line.amount.text(), line.returned) == (amount, returned)


def reversed_by(there: AtTheBank, form: str, reference: str, amount: str) -> bytes:
    """A statement on which the bank takes back what it booked."""
    there.bank.lines = [Line(cny(amount), reference)]
    if form == "mt940":
        return re.sub(rb"(:61:[0-9]{10})C", rb"\1RD", there.bank.mt940(DAY))
    return there.bank.camt(DAY, form).replace(b"</CdtDbtInd><Sts>", b"</CdtDbtInd><RvslInd>true</RvslInd><Sts>")


@pytest.mark.parametrize("form", [*VERSIONS, "mt940"])
def test_a_payout_that_the_bank_reversed_is_returned_and_a_second_reversal_is_left_to_people(
    session: Session, there: AtTheBank, form: str
) -> None:
    payout = a_sent_payout(there)
    (reference,) = there.send()
    there.bring()
    assert payout.state == "reconciled"

    assert there.bring(reversed_by(there, form, reference, payout.money.text())).kinds == {"transfer_return": 1}

    assert (payout.state, journals(session, "J8")) == ("returned", 1)
    assert balance(session, held(payout.payee_id, PAYOUT_RETURNED, "CNY")).amount >= payout.amount
    assert balance(session, bank_wages("CNY")) == there.bank.balance
    there.bring(reversed_by(there, form, reference, payout.money.text()))
    assert journals(session, "J8") == 1
    assert aside(there) == ["has_its_line"]
    assert run_checks(session, ["I8", "I9", "I13", "I14", "R10", "E2"]).holds


def aside(there: AtTheBank) -> list[str | None]:
    """Why lines that waited for a day stand on 2900."""
    there.session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))
    there.book()
    return list(
        there.session.scalars(
            select(ExternalLine.why).where(ExternalLine.state == "set_aside").order_by(ExternalLine.id)
        )
    )


@pytest.mark.parametrize("later", [False, True])
def test_a_payment_that_is_booked_twice_settles_once(session: Session, there: AtTheBank, later: bool) -> None:
    payout = a_sent_payout(there)
    there.send()
    twin = Line(there.bank.lines[0].amount, there.bank.lines[0].end_to_end)
    if later:
        there.bring()
    there.bank.lines.append(twin)
    there.bring(there.bank.camt(DAY + dt.timedelta(days=1)))
    assert (payout.state, journals(session, "J6")) == ("reconciled", 1)
    assert aside(there) == ["has_its_line"]
    assert balance(session, bank_wages("CNY")) == there.bank.balance
    there.bank.receive(payout.money.text(), "our mistake")
    there.bring(there.bank.camt(DAY + dt.timedelta(days=2)))
    assert aside(there) == ["has_its_line", "no_reference"]
    assert balance(session, bank_wages("CNY")) == there.bank.balance
    assert run_checks(session, ["I8", "I9", "I14", "R10"]).holds


def test_what_comes_back_of_a_payment_that_was_booked_twice_is_left_to_people(
    session: Session, there: AtTheBank
) -> None:
    payout = a_sent_payout(there)
    (reference,) = there.send()
    there.bank.lines.append(Line(there.bank.lines[0].amount, reference))
    there.bank.lines.append(Line(payout.money, reference, reversal=True))
    there.bring()
    assert (payout.state, journals(session, "J8")) == ("reconciled", 0)
    assert aside(there) == ["has_its_line", "differs"]
    assert balance(session, bank_wages("CNY")) == there.bank.balance


@pytest.mark.parametrize("version", VERSIONS)
def test_payments_of_a_batch_are_settled_one_by_one_with_their_charges(
    session: Session, there: AtTheBank, version: str
) -> None:
    payouts = pay(there, 1, 2)
    paid = executed(there)
    inside = "".join(Part(line.amount.text().removeprefix("-"), line.end_to_end, "0.10").xml(version) for line in paid)
    whole = sum((line.amount for line in paid), cny("-0.20"))
    opening = there.bank.balance
    one = entry(version, whole.text().removeprefix("-"), inside)
    data = document(version, opening.text(), (opening + whole).text(), one)
    assert there.bring(data).kinds == {"transfer": 2, "fee": 2}
    assert {payout.state for payout in payouts} == {"reconciled"}
    assert run_checks(session, ["I8", "I9", "I14", "R10"]).holds


def test_a_batch_by_its_file_is_all_payments_of_it_and_two_batches_in_one_entry_are_none(
    session: Session, there: AtTheBank
) -> None:
    payouts = pay(there, 1, 2)
    whole = sum((line.amount for line in executed(there)), cny("0"))
    file = session.scalars(select(BankFile.message_id)).one()
    batch = f"<Btch><PmtInfId>{file}</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    other = "<Btch><PmtInfId>" + file[:-1] + ("0" if file[-1] != "0" else "1") + "</PmtInfId></Btch>"
    opening = there.bank.balance
    closing = (opening + whole).text()
    amount = whole.text().removeprefix("-")
    today = str(market_now(session).date()).encode()
    both = document("08", opening.text(), closing, entry("08", amount, f"{batch}</NtryDtls><NtryDtls>{other}"))
    one = document("08", opening.text(), closing, entry("08", amount, batch)).replace(str(DAY).encode(), today)
    with session.begin_nested() as beginning:
        assert there.bring(both).kinds == {"other": 1}
        assert {payout.state for payout in payouts} == {"sent"}
        beginning.rollback()
    session.expire_all()

    assert there.bring(one).kinds == {"batch": 1}

    assert ({payout.state for payout in payouts}, ways(session)) == ({"reconciled"}, {"many_to_one": 1})


def test_of_a_statement_only_what_is_booked_counts() -> None:
    booked = entry("08", "10.00", Part("10.00", PAID[0]).xml("08"))
    pending = booked.replace("BOOK", "PDNG")
    read: list[Statement] = camt053.read(document("08", "0", "-10.00", booked, pending))
    assert [len(one.entries) for one in read] == [1]
