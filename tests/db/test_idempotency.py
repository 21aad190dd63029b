import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from marketplace.db import idempotency
from marketplace.db.engine import transaction
from marketplace.db.idempotency import IdempotencyKey
from marketplace.kernel.errors import DomainError

HASH = idempotency.request_hash("POST", "/v1/jobs", b"{}")


def test_the_first_request_goes_on_and_the_second_gets_its_answer(session: Session) -> None:
    assert idempotency.begin(session, "org", "key", HASH) is None
    idempotency.finish(session, "org", "key", 201, b'{"id": 1}', {"Location": "/v1/jobs/1"})
    replay = idempotency.begin(session, "org", "key", HASH)
    assert replay == idempotency.Replay(status=201, headers={"Location": "/v1/jobs/1"}, body=b'{"id": 1}')


def test_a_key_used_for_another_request_is_refused(session: Session) -> None:
    idempotency.begin(session, "org", "key", HASH)
    idempotency.finish(session, "org", "key", 201, b"")
    with pytest.raises(DomainError) as refusal:
        idempotency.begin(session, "org", "key", idempotency.request_hash("POST", "/v1/jobs", b'{"a":1}'))
    assert refusal.value.slug == "idempotency_key_reused"


def test_two_callers_may_use_the_same_key(session: Session) -> None:
    idempotency.begin(session, "one", "key", HASH)
    assert idempotency.begin(session, "other", "key", HASH) is None


def test_a_request_that_failed_leaves_no_row_and_may_be_sent_again(committing_engine: Engine) -> None:
    with Session(committing_engine) as session:
        idempotency.begin(session, "org", "key", HASH)
        session.rollback()
    with transaction(committing_engine) as session:
        assert idempotency.begin(session, "org", "key", HASH) is None


def test_an_expired_key_is_free_again_and_the_sweep_forgets_it(session: Session) -> None:
    idempotency.begin(session, "org", "key", HASH)
    idempotency.finish(session, "org", "key", 201, b"")
    session.execute(update(IdempotencyKey).values(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    assert idempotency.begin(session, "org", "key", HASH) is None
    session.execute(update(IdempotencyKey).values(expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    assert idempotency.forget_expired(session) == 1
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


def test_of_requests_at_the_same_moment_one_takes_effect_and_the_others_are_told_to_wait(
    committing_engine: Engine,
) -> None:
    together, out = threading.Barrier(8), threading.Event()

    def request(_number: int) -> str:
        together.wait()
        try:
            with transaction(committing_engine) as session:
                replay = idempotency.begin(session, "org", "key", HASH)
                if replay is not None:
                    return f"replayed {replay.status}"
                assert out.wait(60)
                idempotency.finish(session, "org", "key", 201, b"made")
                return "made"
        except DomainError as refusal:
            out.set()
            return refusal.slug

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(request, range(8)))
    assert answers.count("made") == 1
    assert set(answers) <= {"made", "idempotency_in_progress", "replayed 201"}
    with transaction(committing_engine) as session:
        assert idempotency.begin(session, "org", "key", HASH) == idempotency.Replay(201, {}, b"made")


def test_a_hash_tells_method_path_and_body_apart() -> None:
    seen = {
        idempotency.request_hash(method, path, body)
        for method in ("POST", "PUT")
        for path in ("/a", "/ab")
        for body in (b"", b"b")
    }
    assert len(seen) == 8
