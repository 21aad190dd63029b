"""Tables of what due dates depend on beside the terms: calendars of closed days, the longest deferral by country."""

import datetime as dt
import uuid

from sqlalchemy import ARRAY, CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.terms import DeferralLimit


class BusinessCalendar(Base):
    """The closed days of a country beside Saturdays and Sundays, under a name; never changed.

    Terms name a calendar, so that what was agreed keeps its dates: other days are another calendar with another name,
    for those who agree from then on. After its last day it closes weekends only.
    """

    __tablename__ = "business_calendar"
    __table_args__ = (
        CheckConstraint("name ~ '^[A-Z]{2}(-[A-Za-z0-9]{1,20}){0,3}$'", name="name"),
        CheckConstraint("cardinality(closed_days) > 0", name="closes_a_day"),
        APPEND_ONLY,
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    closed_days: Mapped[list[dt.date]] = mapped_column(ARRAY(Date()))
    source: Mapped[str]
    added_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))

    @property
    def country(self) -> str:
        """The code of the country that its name begins with."""
        return self.name[:2]


class CountryDeferralLimit(Base):
    """The longest that pay of a country's workers may be deferred, from `set_at` on; without a length, none.

    The newest row of a country counts; rows are never changed, for work under an earlier limit keeps it. `source` says
    why it was set; where it follows a statute, its name and article stand beside it, from which moment that counts, and
    when it was read.
    """

    __tablename__ = "country_deferral_limit"
    __table_args__ = (
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("unit IN ('days', 'months')", name="unit"),
        CheckConstraint("(length IS NULL) = (unit IS NULL) AND length >= 0", name="length"),
        CheckConstraint("num_nulls(statute, article, counted_from, read_on) IN (0, 4)", name="statute"),
        Index(None, "country", "set_at"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    country: Mapped[str]
    length: Mapped[int | None]
    unit: Mapped[str | None]
    source: Mapped[str]
    set_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    statute: Mapped[str | None]
    article: Mapped[str | None]
    counted_from: Mapped[str | None]
    read_on: Mapped[dt.date | None]

    @property
    def rule(self) -> str:
        """What it follows, as workers are told it: the statute's name and article, else what was said for it."""
        return self.source if self.statute is None else f"{self.statute}, {self.article}"

    @property
    def limit(self) -> DeferralLimit | None:
        """It as a value; None where the country has none from then on."""
        return None if self.length is None or self.unit is None else DeferralLimit(self.length, self.unit, self.rule)
