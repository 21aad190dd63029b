"""What is personal in the lines of rails."""

from marketplace.db.personal import impersonal
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.unconfirmed_models import UnconfirmedJournal

impersonal("words of finance about lines, kept as business letters are; who wrote them is an id", LineMatch)
impersonal("movements at rails by the rail's ids, kept as the books are", ExternalLine, UnconfirmedJournal)
