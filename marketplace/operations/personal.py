"""What is personal in long work."""

from marketplace.db.personal import impersonal
from marketplace.operations.models import Operation
from marketplace.operations.sweep_models import SweepRun

impersonal("what an organization asked for, by ids and choices; who asked is an id", Operation)
impersonal("how the last run of a sweep went", SweepRun)
