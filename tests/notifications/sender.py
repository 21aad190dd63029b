"""A process that delivers what is due once: python -m tests.notifications.sender DATABASE_URL."""

import sys
from functools import partial

from marketplace.db.engine import make_engine, transaction
from tests.builders.webhooks import deliver_all, make_courier

if __name__ == "__main__":
    engine = make_engine(sys.argv[1], application_name="tests of webhooks")
    deliver_all(make_courier(partial(transaction, engine)))
    engine.dispose()
