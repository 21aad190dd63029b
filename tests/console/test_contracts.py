from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.kernel.ids import public
from marketplace.lifecycle.freezing import freeze_contract
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch
from marketplace.work.skipping import skip
from tests.builders.identity import make_member, make_organization
from tests.builders.jobs import make_open_job, make_party, text_rows
from tests.builders.settlement import accept, hand_in, make_chain
from tests.builders.teams import make_leader, make_team
from tests.builders.work import make_worker
from tests.console.conftest import Enter


def test_a_client_offers_a_part_and_the_layer_accepts_it(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    _job, root = make_open_job(session, client, rows=text_rows(10))
    layer = make_organization(session, "subcontractor", name="Meridian Data")
    browser = enter(client)
    path = f"/console/contracts/{public('contract', root.id)}/offer"
    assert "Meridian Data" in browser.get(path).text
    values = {"seller": public("organization", layer.id), "days": "7", "items-standard": "6", "price-standard": "0.60"}
    refused = browser.post(path, {**values, "price-standard": "0.86"})
    assert refused.status_code == 422
    assert 'value="0.86"' in refused.text
    assert 'class="error"' in refused.text
    assert browser.post(path, values).status_code == 303
    offered = session.scalars(select(Contract).where(Contract.seller_organization_id == layer.id)).one()
    seller = enter(make_member(session, layer, "manager"))
    assert "Offers waiting for your answer" in seller.get("/console/contracts").text
    assert "Accept" in seller.get(f"/console/contracts/{public('contract', offered.id)}").text
    assert seller.post(f"/console/contracts/{public('contract', offered.id)}/accept").status_code == 303
    session.expire_all()
    assert offered.state == "active"


def test_an_offer_can_be_declined_or_withdrawn(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    _job, root = make_open_job(session, client, rows=text_rows(10))
    layer = make_organization(session, "subcontractor")
    values = {"seller": public("organization", layer.id), "days": "7", "items-standard": "2", "price-standard": "0.60"}
    browser = enter(client)
    path = f"/console/contracts/{public('contract', root.id)}/offer"
    browser.get(path)
    browser.post(path, values)
    browser.post(path, values)
    first, second = session.scalars(
        select(Contract).where(Contract.seller_organization_id == layer.id).order_by(Contract.id)
    ).all()
    seller = enter(make_member(session, layer, "manager"))
    seller.get(f"/console/contracts/{public('contract', first.id)}")
    seller.post(f"/console/contracts/{public('contract', first.id)}/decline")
    browser.get(path)
    browser.post(f"/console/contracts/{public('contract', second.id)}/withdraw")
    session.expire_all()
    assert (first.state, second.state) == ("declined", "withdrawn")


def test_splitting_is_previewed_as_the_worker_and_as_the_layer_see_it(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    job, root = make_open_job(session, client, rows=text_rows(10), worker_share_min_ppm=300_000)
    browser = enter(client)
    path = f"/console/contracts/{public('contract', root.id)}/tasks"
    assert "0.27" in browser.get(path).text  # the floor
    values = {"rate": "standard", "items": "10", "items_per_task": "4", "pay": "0.35", "lease_minutes": "30"}
    preview = browser.post(path, {**values, "action": "preview"})
    assert preview.status_code == 200
    for text in ("0.35", "1.40", "0.175", "0.505", "3 tasks"):
        assert text in preview.text, text
    assert session.scalars(select(Batch)).all() == []
    below = browser.post(path, {**values, "pay": "0.26", "action": "preview"})
    assert below.status_code == 422
    assert "floor" in below.text
    assert browser.post(path, {**values, "action": "open"}).status_code == 303
    batch = session.scalars(select(Batch)).one()
    assert (batch.task_count, batch.item_count, batch.job_id) == (3, 10, job.id)


def test_a_part_is_split_for_a_team_of_ones_own(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    _job, root = make_open_job(session, client, rows=text_rows(10))
    team, foreign = make_team(session, client), make_team(session, make_leader(session), name="Strangers")
    browser = enter(client)
    path = f"/console/contracts/{public('contract', root.id)}/tasks"
    page = browser.get(path).text
    assert "Night shift" in page
    assert "Strangers" not in page
    values = {"rate": "standard", "items": "10", "items_per_task": "4", "pay": "0.35", "lease_minutes": "30"}
    chosen = {**values, "team": public("team", team.id)}
    assert "members of Night shift" in browser.post(path, {**chosen, "action": "preview"}).text
    assert browser.post(path, {**values, "team": public("team", foreign.id), "action": "open"}).status_code == 422
    assert browser.post(path, {**chosen, "action": "open"}).status_code == 303
    assert session.scalars(select(Batch)).one().team_ids == [team.id]


def test_what_workers_skipped_is_read_on_the_contracts_page(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    _job, root = make_open_job(session, client, rows=text_rows(10))
    browser = enter(client)
    path = f"/console/contracts/{public('contract', root.id)}"
    browser.get(f"{path}/tasks")
    values = {"rate": "standard", "items": "10", "items_per_task": "1", "pay": "0.35", "lease_minutes": "30"}
    assert browser.post(f"{path}/tasks", {**values, "priority": "12", "action": "open"}).status_code == 422
    assert browser.post(f"{path}/tasks", {**values, "priority": "4", "action": "open"}).status_code == 303
    batch = session.scalars(select(Batch)).one()
    assert batch.priority == 4
    assert "What workers skipped" not in browser.get(path).text
    worker = make_worker(session)
    skip(session, worker, claim_next(session, worker, batch.id).id, "broken_item")
    page = browser.get(path).text
    assert "What workers skipped" in page
    assert "broken item" in page
    assert worker.name not in page


def test_numbers_that_are_none_are_refused_at_their_field(session: Session, enter: Enter) -> None:
    client = make_party(session, "client")
    _job, root = make_open_job(session, client, rows=text_rows(10))
    browser = enter(client)
    path = f"/console/contracts/{public('contract', root.id)}/tasks"
    browser.get(path)
    values = {"rate": "standard", "items": "", "items_per_task": "4", "pay": "0.35", "lease_minutes": "30"}
    for name, wrong in (("items", "-1"), ("items_per_task", "many"), ("pay", "0,35"), ("lease_minutes", "0")):
        answer = browser.post(path, {**values, name: wrong, "action": "open"})
        assert answer.status_code == 422, name
        assert 'aria-invalid="true"' in answer.text, name
    assert session.scalars(select(Batch)).all() == []


def test_a_layer_sees_its_own_margin_and_not_the_one_of_another(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    upper, lower = chain.layers
    upper_path = f"/console/contracts/{public('contract', upper[1].id)}"
    lower_path = f"/console/contracts/{public('contract', lower[1].id)}"
    page = enter(upper[0]).get(upper_path)
    assert "0.255" in page.text
    seen_by_upper = enter(upper[0]).get(lower_path)
    assert seen_by_upper.status_code == 200
    assert "theirs to see" in seen_by_upper.text
    assert enter(lower[0]).get(upper_path).status_code == 404


def test_a_stranger_finds_no_contract(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    stranger = enter(make_party(session, "subcontractor"))
    path = f"/console/contracts/{public('contract', chain.layers[0][1].id)}"
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}/accept").status_code == 404
    assert "No contracts yet" in stranger.get("/console/contracts").text


def test_a_frozen_contract_says_so_and_offers_nothing_that_would_be_refused(session: Session, enter: Enter) -> None:
    chain = make_chain(session)
    (first, upper), (second, lower) = chain.layers
    freeze_contract(session, chain.client, upper.id, "Let us talk first.")
    seen = enter(first).get(f"/console/contracts/{public('contract', upper.id)}").text
    assert "Let us talk first." in seen
    below = enter(second).get(f"/console/contracts/{public('contract', lower.id)}").text
    assert "A contract above this one is frozen" in below
    assert "Let us talk first." not in below
    assert "Split into tasks" not in seen + below
