"""Table: conversions at the bank that close what stands open between two currencies."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class CurrencyConversion(Base):
    """One exchange, as its two lines show it, and what it closes of the position of a pair of currencies.

    The pair is the currency owed and the one that payees got instead. `closed_paid` of the position in the currency
    paid is closed, and with it `closed_owed` in the currency owed, at the quoted rates; both below nothing where money
    that came back is changed back. What was sold or bought of the currency owed beside `closed_owed` is loss or gain.
    """

    __tablename__ = "currency_conversion"
    __table_args__ = (
        CheckConstraint("owed_currency <> paid_currency", name="two_currencies"),
        CheckConstraint("sold_amount > 0 AND bought_amount > 0", name="amounts_positive"),
        CheckConstraint(
            "(sold_currency, bought_currency) IN ((owed_currency, paid_currency), (paid_currency, owed_currency))",
            name="of_one_pair",
        ),
        CheckConstraint(
            "CASE WHEN bought_currency = paid_currency "
            "THEN closed_paid = bought_amount ELSE closed_paid = -sold_amount END",
            name="closes_one_way",
        ),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    owed_currency: Mapped[str]
    paid_currency: Mapped[str]
    sold_currency: Mapped[str]
    sold_amount: Mapped[int]
    bought_currency: Mapped[str]
    bought_amount: Mapped[int]
    closed_owed: Mapped[int]
    closed_paid: Mapped[int]
    sold_line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("external_line.id"), unique=True)
    bought_line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("external_line.id"), unique=True)
    sold_journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"))
    bought_journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"))
    reason: Mapped[str]
    entered_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))

    @property
    def sold(self) -> Money:
        """What was given at the bank."""
        return Money(self.sold_amount, self.sold_currency)

    @property
    def bought(self) -> Money:
        """What was got for it."""
        return Money(self.bought_amount, self.bought_currency)

    @property
    def result(self) -> Money:
        """In the currency owed: a gain, or below nothing a loss."""
        if self.sold_currency == self.owed_currency:
            return Money(self.closed_owed - self.sold_amount, self.owed_currency)
        return Money(self.bought_amount + self.closed_owed, self.owed_currency)
