import io

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity.models import Organization
from marketplace.jobs import media as job_media
from marketplace.jobs.item_rows import ItemRow
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Review
from marketplace.work.opening import open_tasks
from marketplace.work.submitting import submit
from tests.builders.defaults import WHY, declare_default
from tests.builders.identity import make_staff
from tests.builders.jobs import make_open_job, make_party
from tests.builders.media import MemoryStorage
from tests.builders.settlement import Chain, Handed, another, hand_in, make_chain, payable_worker
from tests.builders.web import Browser
from tests.console.conftest import Enter


def waiting(session: Session, items_per_task: int = 2) -> tuple[Chain, Handed, str]:
    """A claim that waits for review, and the path of its page."""
    chain = make_chain(session, items=4, items_per_task=items_per_task, prices=(), pay="0.35")
    handed = hand_in(session, chain)
    return chain, handed, f"/console/review/{public('claim', handed.claim_id)}"


def states(session: Session, handed: Handed) -> list[str]:
    session.expire_all()
    return list(
        session.scalars(select(Answer.state).where(Answer.claim_id == handed.claim_id).order_by(Answer.ordinal))
    )


def test_the_queue_leads_to_the_claims_that_wait(session: Session, enter: Enter) -> None:
    chain, _handed, path = waiting(session)
    browser = enter(chain.reviewer)
    queue = browser.get("/console/review")
    assert path in queue.text
    assert chain.job.title in queue.text


def test_an_empty_queue_says_so(session: Session, enter: Enter) -> None:
    chain = make_chain(session, items=2, prices=())
    assert "Nothing waits for review" in enter(chain.reviewer).get("/console/review").text


def test_several_claims_are_chosen_in_the_queue_and_accepted_at_once(session: Session, enter: Enter) -> None:
    chain, first, _ = waiting(session, items_per_task=1)
    second, third = hand_in(session, chain), hand_in(session, chain)
    browser = enter(chain.reviewer)
    page = browser.get("/console/review").text
    assert page.count('type="checkbox" name="claim"') == 3
    assert "checked" not in page, "nothing is chosen beforehand"
    chosen = {"claim": [public("claim", one.claim_id) for one in (first, third)]}
    assert browser.post("/console/review/accept", chosen).status_code == 303
    assert [states(session, one) for one in (first, second, third)] == [["accepted"], ["submitted"], ["accepted"]]
    again = browser.get("/console/review").text
    assert "2 answers accepted." in again
    assert browser.post("/console/review/accept", chosen).status_code == 303
    assert "2 tasks were left as they are" in browser.get("/console/review").text


def test_no_verdict_is_chosen_beforehand_and_none_is_given_by_pressing_the_button(
    session: Session, enter: Enter
) -> None:
    chain, handed, path = waiting(session)
    browser = enter(chain.reviewer)
    page = browser.get(path).text
    assert page.count('value="later" checked') == 2
    assert browser.post(path).status_code == 422
    assert states(session, handed) == ["submitted", "submitted"]


def test_answers_are_decided_item_by_item(session: Session, enter: Enter) -> None:
    chain, handed, path = waiting(session)
    browser = enter(chain.reviewer)
    browser.get(path)
    first, second = (public("answer", answer_id) for answer_id in handed.answer_ids)
    answer = browser.post(
        path,
        {
            f"verdict-{first}": "accept",
            f"verdict-{second}": "reject",
            f"category-{second}": "wrong_label",
            f"rule-{second}": "G1",
            f"comment-{second}": "It is a bus.",
        },
    )
    assert answer.status_code == 303, answer.text
    assert states(session, handed) == ["accepted", "rejected"]


def test_a_rejection_without_its_reasons_is_refused_at_the_fields_and_nothing_else_happens(
    session: Session, enter: Enter
) -> None:
    chain, handed, path = waiting(session)
    browser = enter(chain.reviewer)
    browser.get(path)
    first, second = (public("answer", answer_id) for answer_id in handed.answer_ids)
    answer = browser.post(
        path, {f"verdict-{first}": "accept", f"verdict-{second}": "reject", f"comment-{second}": "It is a bus."}
    )
    assert answer.status_code == 422
    assert f'id="e-category-{second}"' in answer.text
    assert f'id="e-rule-{second}"' in answer.text
    assert f'id="e-comment-{second}"' not in answer.text
    assert "It is a bus.</textarea>" in answer.text
    assert states(session, handed) == ["submitted", "submitted"]
    assert session.scalars(select(Review)).all() == []


def test_all_others_can_be_accepted_in_one_go(session: Session, enter: Enter) -> None:
    chain, handed, path = waiting(session)
    browser = enter(chain.reviewer)
    browser.get(path)
    second = public("answer", handed.answer_ids[1])
    browser.post(
        path,
        {
            f"verdict-{second}": "redo",
            f"category-{second}": "imprecise",
            f"comment-{second}": "Again.",
            "rest": "accept",
        },
    )
    assert states(session, handed) == ["accepted", "redo_requested"]


def test_another_organization_does_not_see_the_claim(session: Session, enter: Enter) -> None:
    _chain, _handed, path = waiting(session)
    stranger = make_party(session, "subcontractor", "reviewer")
    assert enter(stranger).get(path).status_code == 404


def test_the_auditor_reads_but_does_not_decide(session: Session, enter: Enter) -> None:
    _chain, handed, path = waiting(session)
    browser = enter(make_staff(session, "auditor"))
    assert "verdict-" not in browser.get(path).text
    first = public("answer", handed.answer_ids[0])
    assert browser.post(path, {f"verdict-{first}": "accept"}).status_code == 403


def test_the_platforms_deciders_review_what_a_layer_in_default_left_to_the_caretaker(
    session: Session, enter: Enter
) -> None:
    chain, staff = make_chain(session, items=2, prices=("0.855",)), make_staff(session, "operations")
    session.get_one(Organization, chain.client.organization).state = "suspended"
    declare_default(session, staff, chain.layers[0][1].id, WHY)
    handed = hand_in(session, chain)
    path = f"/console/review/{public('claim', handed.claim_id)}"
    browser = enter(make_staff(session, "dispute_decider"))
    assert path in browser.get("/console/review").text
    (answer,) = handed.answer_ids
    name = f"verdict-{public('answer', answer)}"
    assert f'name="{name}"' in browser.get(path).text
    assert browser.post(path, {name: "accept"}).status_code == 303
    assert states(session, handed) == ["accepted"]


def test_boxes_are_drawn_over_the_picture_which_only_the_side_may_fetch(
    session: Session, enter: Enter, app: Flask, storage: MemoryStorage
) -> None:
    client = make_party(session, "client")
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "white").save(picture, "PNG")
    picture.seek(0)
    kept = job_media.store_media(session, client, storage, picture, "street.png")
    rows = [ItemRow(1, "street", "standard", {"media": public("media", kept.id)})]
    _job, root = make_open_job(session, client, rows=rows, kind="image_boxes")
    open_tasks(session, client, root.id, "standard", items="all", items_per_task=1, pay=Money.parse("0.35", "CNY"))
    worker = payable_worker(session)
    claimed = claim_next(session, worker, None)
    box = {"label": "car", "x": 10, "y": 5, "width": 100, "height": 60}
    submit(session, worker, claimed.id, {claimed.items[0].id: {"boxes": [box]}}, 1)
    page = enter(another(session, client, "reviewer")).get(f"/console/review/{public('claim', claimed.id)}").text
    assert '<rect class="box tone-0" x="10" y="5" width="100" height="60"/>' in page
    link = page.split('<image href="')[1].split('"')[0]
    visitor = Browser(app)
    answer = visitor.get(link)
    assert answer.status_code == 200
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == "inline"
    assert "Set-Cookie" not in answer.headers
    assert answer.data == storage.kept[kept.storage_key]
    answer.close()
    assert visitor.get(link[:-3] + "xxx").status_code == 404
