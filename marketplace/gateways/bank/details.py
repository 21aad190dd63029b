"""The one place of bank details and of what banks say of people: sealed texts, each in a row of `bank_detail`.

Payment files, the accounts that are paid, the accounts that money came from and what statements say of each line: the
bank rail's other tables name a row here. An account is written in one form, which is also the destination of a payee.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.gateways.bank_models import CONTENT, BankDetail
from marketplace.kernel.bank_numbers import compact, is_bic, is_iban
from marketplace.kernel.errors import DomainError, FieldError
from marketplace.kernel.ids import new_id
from marketplace.rails.errors import DESTINATION_INVALID

HOLDER_LENGTH_MAX: Final = 140
NUMBER_LENGTH_MAX: Final = 34
CLEARING_CODE_LENGTH: Final = 5
MEMBER_LENGTH_MAX: Final = 35

FORM: Final = (
    "name of the holder / IBAN, or name of the holder / BIC or bank code such as INFSC:HDFC0001234 / account number"
)


@dataclass(frozen=True, slots=True)
class BankDetails:
    """An account at some bank: its holder and an IBAN, or an account number with the BIC or code of the bank."""

    holder: str
    iban: str | None = None
    number: str | None = None
    bic: str | None = None
    clearing_code: str | None = None
    member: str | None = None

    @property
    def account(self) -> str:
        """The IBAN, or the account number."""
        return self.iban or self.number or ""

    def text(self) -> str:
        """In the form that `read_details` reads."""
        bank = self.bic or (f"{self.clearing_code}:{self.member}" if self.member else "")
        return " / ".join(part for part in (self.holder, bank, self.account) if part)


def read_details(text: str) -> BankDetails:
    """What a payee typed, in the form of FORM. Raises destination_invalid, which says what is wrong."""
    holder, *rest = [" ".join(part.split()) for part in text.split("/")]
    if not holder or len(holder) > HOLDER_LENGTH_MAX or not holder.isprintable() or len(rest) not in {1, 2}:
        raise _refused(f"Bank details are: {FORM}.")
    account = compact(rest[-1])
    bank = _bank(compact(rest[0])) if len(rest) == 2 else {}
    if is_iban(account):
        return BankDetails(holder, iban=account, **bank)
    if len(rest) == 1:
        raise _refused("This is no IBAN: its check digits do not fit. An account number needs the bank's BIC or code.")
    if not 1 <= len(account) <= NUMBER_LENGTH_MAX or not account.isalnum() or not account.isascii():
        raise _refused(f"An account number has 1 to {NUMBER_LENGTH_MAX} letters and digits.")
    return BankDetails(holder, number=account, **bank)


def _bank(text: str) -> dict[str, str]:
    if is_bic(text):
        return {"bic": text}
    code, colon, member = text.partition(":")
    fits = 1 <= len(code) <= CLEARING_CODE_LENGTH and 1 <= len(member) <= MEMBER_LENGTH_MAX
    if not colon or not fits or not code.isalnum() or not member.isalnum() or not text.isascii():
        raise _refused("A bank is named by its BIC, or by a code of ISO 20022 and its number: INFSC:HDFC0001234.")
    return {"clearing_code": code, "member": member}


def understood(text: str) -> BankDetails | None:
    """What a destination says; None where it is no account at a bank."""
    try:
        return read_details(text)
    except DomainError:
        return None


def keep(session: Session, content: str) -> uuid.UUID:
    """Keep a text sealed; returns the row that holds it."""
    row = BankDetail(id=new_id())
    CONTENT.put(session, row, content)
    session.add(row)
    session.flush()
    return row.id


def read(session: Session, detail_id: uuid.UUID) -> str:
    """The text of a row. Raises sealed_unreadable where its key is gone."""
    return CONTENT.get(session, session.get_one(BankDetail, detail_id))


def _refused(message: str) -> DomainError:
    return DESTINATION_INVALID.error(message, errors=[FieldError("/destination", "destination_invalid", message)])
