"""Reading the numbers of a form."""

import datetime as dt

from flask_babel import gettext as _

from marketplace.contracts.floors import pay_floor
from marketplace.jobs.models import Job
from marketplace.jobs.queries import rates_of
from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.money import Money
from marketplace.web.database import request_session
from marketplace.web.forms import Form


def whole(form: Form, name: str, pointer: str = "") -> int:
    """The number in a field, at least one; raises invalid at the field."""
    text = form.value(name).strip()
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 9 or int(text) == 0:
        raise invalid(pointer or f"/{name}", "whole_number", _("A whole number of at least one is needed."))
    return int(text)


def day_of(form: Form, name: str) -> dt.date:
    """The day in a field; raises invalid at the field."""
    try:
        return dt.date.fromisoformat(form.value(name).strip())
    except ValueError:
        raise invalid(f"/{name}", "day", _("A day such as 2027-02-28 is needed.")) from None


def invalid(pointer: str, code: str, message: str) -> DomainError:
    """One thing wrong with one field."""
    return INVALID.error(message, errors=[FieldError(pointer, code, message)])


def floors(job: Job) -> dict[str, Money]:
    """The pay floor of each of the job's rates."""
    return {rate.code: pay_floor(job, rate) for rate in rates_of(request_session(), job.id)}
