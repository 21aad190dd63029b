"""Fetching media from remote addresses, through the guard of `outbound`."""

from __future__ import annotations

import contextlib
import http.client
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urljoin

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.jobs.errors import FETCH_FAILED, FETCH_REFUSED
from marketplace.jobs.media import keep_media
from marketplace.jobs.models import RemoteMedia
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError, ErrorKind
from marketplace.kernel.ports import MediaStorage
from marketplace.logs import get_logger
from marketplace.outbound.addresses import AddressPolicy, AddressRefusedError, vetted
from marketplace.outbound.connecting import connected, seconds_left

ATTEMPTS_MAX: Final = 5
RETRY_SECONDS: Final = 300

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 64 * 1024
_HEADERS: Final = {
    "User-Agent": "Piecework",
    "Accept": "image/*, audio/*, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

log = get_logger(__name__)

Transactions = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class FetchPolicy(AddressPolicy):
    """What may be fetched: from which addresses, and how much."""

    bytes_max: int = 20 * 1024 * 1024
    seconds_max: float = 30.0
    redirects_max: int = 5


@contextmanager
def fetch_remote(url: str, policy: FetchPolicy | None = None) -> Iterator[BinaryIO]:
    """The bytes behind an address, as a stream kept on disk beyond a few megabytes.

    Every hop of a redirect goes through the guard anew. Raises fetch_refused for an address that
    is not of the public internet, for too many redirects or bytes; fetch_failed for silence, too
    much time and any answer but 200.
    """
    policy = policy or FetchPolicy()
    deadline = time.monotonic() + policy.seconds_max
    with tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024) as spool:
        try:
            for _ in range(policy.redirects_max + 1):
                target = _ask(url, policy, deadline, cast("BinaryIO", spool))
                if target is None:
                    break
                url = urljoin(url, target)
            else:
                raise FETCH_REFUSED.error(f"More than {policy.redirects_max} redirects.")
        except (OSError, http.client.HTTPException) as error:
            raise FETCH_FAILED.error(f"The address could not be read: {type(error).__name__}.") from error
        spool.seek(0)
        yield cast("BinaryIO", spool)


def _ask(url: str, policy: FetchPolicy, deadline: float, into: BinaryIO) -> str | None:
    """Ask one address; returns where it redirects to, or None when the bytes are in `into`."""
    try:
        target = vetted(url, policy)
    except AddressRefusedError as refused:
        raise FETCH_REFUSED.error(refused.sentence, host=refused.host) from refused
    with connected(target, deadline) as connection:
        connection.request("GET", target.path, headers=_HEADERS)
        answer = connection.getresponse()
        with contextlib.closing(answer):
            return _read(answer, policy, deadline, into)


def _read(answer: http.client.HTTPResponse, policy: FetchPolicy, deadline: float, into: BinaryIO) -> str | None:
    location = answer.getheader("Location")
    if answer.status in _REDIRECTS and location:
        return location
    if answer.status != 200:
        raise FETCH_FAILED.error(f"The address answered {answer.status}.", status=answer.status)
    size = 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > policy.bytes_max:
            raise FETCH_REFUSED.error(f"More than {policy.bytes_max} bytes.")
        into.write(chunk)
    seconds_left(deadline)
    return None


def fetch_pending(
    transactions: Transactions, storage: MediaStorage, *, limit: int = 20, policy: FetchPolicy | None = None
) -> int:
    """Fetch addresses that items name and that are not fetched yet; returns how many were tried.

    A sweep: each address is taken in one transaction, fetched outside any, and written down in
    another. What fails is tried five times, further and further apart.
    """
    tried = 0
    while tried < limit:
        with transactions() as session:
            key = _take(session)
        if key is None:
            break
        tried += 1
        problem: DomainError | None = None
        try:
            with fetch_remote(key["url"], policy) as stream, transactions() as session:
                _store(session, key, storage, stream)
        except DomainError as error:
            problem = error
        except Exception as error:  # one address that breaks must not keep all others waiting
            log.exception("remote_media_broke", url_sha256=key["url_sha256"].hex())
            problem = FETCH_FAILED.error(f"The address could not be read: {type(error).__name__}.")
        if problem is not None:
            with transactions() as session:
                _give_up_or_wait(session, key, problem)
    return tried


def _take(session: Session) -> dict[str, Any] | None:
    due = (
        select(RemoteMedia)
        .where(RemoteMedia.state == "pending", RemoteMedia.next_try_at <= func.now())
        .order_by(RemoteMedia.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(due).one_or_none()
    if row is None:
        return None
    row.attempts += 1
    row.next_try_at = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, RETRY_SECONDS * row.attempts**2)
    session.flush()
    return {"organization_id": row.organization_id, "url_sha256": row.url_sha256, "url": row.url}


def _store(session: Session, key: dict[str, Any], storage: MediaStorage, stream: BinaryIO) -> None:
    name = key["url"].partition("?")[0].rpartition("/")[2]
    media = keep_media(session, system_actor("fetch_media"), key["organization_id"], storage, stream, name)
    session.execute(_row(key).values(state="stored", media_id=media.id, reason=None))


def _give_up_or_wait(session: Session, key: dict[str, Any], problem: DomainError) -> None:
    if problem.kind is ErrorKind.UNAVAILABLE:
        row = _row(key).where(RemoteMedia.attempts >= ATTEMPTS_MAX)
        session.execute(_row(key).values(reason=problem.detail))
    else:
        row = _row(key)
    session.execute(row.values(state="failed", reason=problem.detail))


def _row(key: dict[str, Any]) -> Any:
    return update(RemoteMedia).where(
        RemoteMedia.organization_id == key["organization_id"],
        RemoteMedia.url_sha256 == key["url_sha256"],
        RemoteMedia.state == "pending",
    )
