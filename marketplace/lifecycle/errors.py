"""Refusals of this package."""

from typing import Final

from marketplace.kernel.errors import ErrorKind, define

JOB_UNFUNDED: Final = define(
    "job_unfunded",
    ErrorKind.UNFUNDED,
    "The job has no money yet",
    "A job is published once a part of it is funded: no worker does anything that is not paid for.",
)
