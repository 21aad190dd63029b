"""What is personal in sums of margins: nothing."""

from marketplace.db.personal import impersonal
from marketplace.provenance.day_models import DayMargin

impersonal("sums of organizations", DayMargin)
