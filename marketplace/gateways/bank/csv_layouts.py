"""How the columns of a bank's CSV are read: saved once under a name, used for every file of that bank."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.gateways.bank.events import BANK_LAYOUT_SAVED
from marketplace.gateways.bank_models import BankCsvLayout
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, DomainError, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import exponent
from marketplace.rails.csv_layouts import DATE_FORMS, DECIMALS, DELIMITERS, ENCODINGS, CsvLayout

NAME_MAX: Final = 100
COLUMNS_MAX: Final = 30


def save_layout(session: Session, actor: Actor, layout: CsvLayout) -> CsvLayout:
    """Keep a layout under its name, in place of one that had it. Needs reconciliation.match.

    Raises forbidden, invalid, money_invalid for a currency that there is not.
    """
    actor.require("reconciliation.match")
    _require_sound(layout)
    exponent(layout.currency)
    body = asdict(layout)
    new = insert(BankCsvLayout).values(
        id=new_id(), name=layout.name, currency=layout.currency, body=body, saved_by=actor.person_id
    )
    changed = {name: getattr(new.excluded, name) for name in ("currency", "body", "saved_by")}
    row_id = session.scalars(
        new.on_conflict_do_update(index_elements=["name"], set_={**changed, "saved_at": func.market_now()}).returning(
            BankCsvLayout.id
        )
    ).one()
    said = {"name": layout.name, "currency": layout.currency, "columns": list(layout.columns)}
    record(session, BANK_LAYOUT_SAVED, actor, subject=("bank_csv_layout", row_id), body=said)
    session.flush()
    return layout


def layouts(session: Session, actor: Actor) -> Sequence[CsvLayout]:
    """All of them by name. Needs reconciliation.read."""
    actor.require("reconciliation.read")
    return [CsvLayout.of(row.body) for row in session.scalars(select(BankCsvLayout).order_by(BankCsvLayout.name))]


def layout_of(session: Session, name: str) -> CsvLayout:
    """The one of that name. Raises not_found."""
    row = session.scalar(select(BankCsvLayout).where(BankCsvLayout.name == name))
    if row is None:
        raise NOT_FOUND.error("There is no CSV layout of this name.", noun="bank_csv_layout")
    return CsvLayout.of(row.body)


def _require_sound(layout: CsvLayout) -> None:
    wrong: list[FieldError] = []

    def need(pointer: str, message: str, *, holds: bool) -> None:
        if not holds:
            wrong.append(FieldError(pointer, "invalid", message))

    need("/name", f"A name has 1 to {NAME_MAX} characters.", holds=1 <= len(layout.name.strip()) <= NAME_MAX)
    named = [*layout.columns, *layout.charges, *layout.returns]
    sound = all(0 < len(one) <= NAME_MAX and one == one.strip() and one.isprintable() for one in named)
    need("/date", "Columns are named as in the file, without spaces around.", holds=sound and len(named) <= COLUMNS_MAX)
    alone, both = layout.amount is not None, layout.debit is not None and layout.credit is not None
    neither = layout.debit is None and layout.credit is None
    need(
        "/amount",
        "One column of amounts with a sign, or debit and credit.",
        holds=(alone and neither) or (both and not alone),
    )
    twice = [one for one in (layout.date, layout.amount, layout.debit, layout.credit, layout.balance) if one]
    need("/date", "Day, amount and balance are columns of their own.", holds=len(twice) == len(set(twice)))
    need("/date_form", f"One of {', '.join(DATE_FORMS)}.", holds=layout.date_form in DATE_FORMS)
    need("/delimiter", f"One of {', '.join(DELIMITERS)}.", holds=layout.delimiter in DELIMITERS)
    need("/encoding", f"One of {', '.join(ENCODINGS)}.", holds=layout.encoding in ENCODINGS)
    need("/decimal", "A point or a comma.", holds=layout.decimal in DECIMALS)
    if wrong:
        raise _invalid(wrong)


def _invalid(wrong: list[FieldError]) -> DomainError:
    return INVALID.error(wrong[0].message, errors=wrong)
