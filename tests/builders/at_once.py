"""Many doings at one moment."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from marketplace.kernel.errors import DomainError


def at_once(*doings: Callable[[], object]) -> Counter[str]:
    """Do all of them at one moment, each in a thread; counts "done" and the slugs of refusals."""
    ready = threading.Barrier(len(doings))

    def run(doing: Callable[[], object]) -> str:
        ready.wait()
        try:
            doing()
        except DomainError as refusal:
            return refusal.slug
        return "done"

    with ThreadPoolExecutor(len(doings)) as pool:
        return Counter(pool.map(run, doings))
