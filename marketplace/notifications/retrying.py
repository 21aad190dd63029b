"""When a delivery that failed is tried again: twelve tries within a day, ever further apart, with full jitter."""

from typing import Final

TRIES_MAX: Final = 12
_FIRST_SECONDS: Final = 42  # eleven windows, each twice the one before, are 42 * (2**11 - 1) seconds: 23.9 hours
_SECONDS_MIN: Final = 5.0
_REST_SECONDS_MAX: Final = 60


def seconds_to_next_try(tries: int, since_first: float, chance: float) -> float:
    """Seconds from now to the next try after so many, all failed, the first of them `since_first` seconds ago.

    `chance` is from 0 to 1. The day is cut into windows, and each try falls anywhere into its own, so that receivers
    that failed together are not asked together again. Where nobody was there to try in time, the width of the window
    counts from now: what was late is not hurried through all its tries. It is never less than five seconds.
    """
    width = _FIRST_SECONDS << (tries - 1)
    begin = width - _FIRST_SECONDS
    planned = begin + chance * width - since_first
    return max(_SECONDS_MIN, planned if planned > 0 else chance * width)


def seconds_of_rest(failures: int, chance: float) -> float:
    """For how long an address that failed so many times in a row is left in peace, whatever waits for it."""
    return chance * min(_REST_SECONDS_MAX, 1 << min(failures, 10))
