"""Media of practice items goes with the media of their job."""

from sqlalchemy.orm import Session

from marketplace.jobs.practice import remove_practice
from tests.builders.jobs import make_job, make_open_job, make_party
from tests.builders.media import MemoryStorage
from tests.jobs.test_retention import BOXES, DAYS, later, picture, practise, rows, settle, sweep


def test_media_that_only_a_practice_item_shows_goes_with_its_job_unless_another_job_practises_with_it(
    session: Session,
) -> None:
    client, storage = make_party(session, "client"), MemoryStorage()
    own, shared, of_item = (picture(session, client, storage, side) for side in (12, 13, 14))
    job, _ = make_open_job(session, client, rows=rows(of_item), media_retention_days=DAYS, **BOXES)
    other = make_job(session, client, **BOXES)
    for one, media in ((job, own), (job, shared), (other, shared)):
        practise(session, client, one.id, media)
    settle(session, client, job)
    later(session)
    assert sweep(session, storage) == 2
    session.expire_all()
    assert [media.purged_at is not None for media in (own, shared, of_item)] == [True, False, True]


def test_media_of_a_practice_item_that_was_taken_away_goes_with_its_job_and_keeps_nothing_for_another(
    session: Session,
) -> None:
    client, storage = make_party(session, "client"), MemoryStorage()
    own, shared, of_item = (picture(session, client, storage, side) for side in (12, 13, 14))
    job, _ = make_open_job(session, client, rows=rows(of_item), media_retention_days=DAYS, **BOXES)
    other = make_job(session, client, **BOXES)
    for one, media in ((job, own), (job, shared), (other, shared)):
        remove_practice(session, client, practise(session, client, one.id, media))
    settle(session, client, job)
    later(session)
    assert sweep(session, storage) == 3
    assert storage.kept == {}
