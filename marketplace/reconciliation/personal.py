"""What is personal in the lines of rails."""

from marketplace.db.personal import impersonal
from marketplace.reconciliation.models import ExternalLine

impersonal("movements at rails by the rail's ids, kept as the books are", ExternalLine)
