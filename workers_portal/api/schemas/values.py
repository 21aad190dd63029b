"""Kinds of value on the wire: ids by noun, money, times, settlement terms, pages."""

from typing import Annotated, Any, Generic, NotRequired, TypeAlias, TypedDict, TypeVar

from marketplace.db.paging import LIMIT_DEFAULT, LIMIT_MAX
from marketplace.kernel.business_days import BusinessDay
from marketplace.kernel.terms import Anchor
from workers_portal.api.describing import DAY, INSTANT, As, Says, one_of

T = TypeVar("T")


class MoneyWire(TypedDict):
    """An exact amount: a decimal string and an ISO 4217 code."""

    amount: Annotated[str, Says(pattern=r"^-?[0-9]+(\.[0-9]+)?$", example="0.90")]
    currency: Annotated[str, Says(pattern="^[A-Z]{3}$", example="CNY")]


class TermPartWire(TypedDict):
    """A share of an earning and when it falls due."""

    weight: Annotated[int, Says(minimum=1)]
    months: Annotated[int, Says(minimum=0)]
    anchor: Annotated[str, one_of([anchor.value for anchor in Anchor])]
    business_day: NotRequired[
        Annotated[
            str, one_of([rule.value for rule in BusinessDay]), "Where a day goes that is closed; nowhere if left out."
        ]
    ]
    calendar: NotRequired[Annotated[str, "The calendar of closed days; without it Saturdays and Sundays alone."]]
    time_zone: NotRequired[Annotated[str, "In which the day of acceptance is counted; UTC if left out."]]


# As the core's own values write themselves.
Amount: TypeAlias = Annotated[dict[str, str], As(MoneyWire)]
Terms: TypeAlias = Annotated[list[dict[str, Any]], As(list[TermPartWire])]
Instant: TypeAlias = Annotated[str, INSTANT]
Day: TypeAlias = Annotated[str, DAY]


class Page(TypedDict, Generic[T]):
    """A page of a list."""

    data: list[T]
    next_cursor: Annotated[str | None, "Opaque; null on the last page."]
    has_more: bool


class ListQuery(TypedDict, total=False):
    """The parameters of every list; subclasses add filters."""

    cursor: Annotated[str, "The `next_cursor` of the page before; opaque.", Says(maxLength=1000)]
    limit: Annotated[int, f"Rows a page, 1 to {LIMIT_MAX}.", Says(minimum=1, maximum=LIMIT_MAX, default=LIMIT_DEFAULT)]
