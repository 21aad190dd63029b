"""What was changed behind the service's back is shown first, and named. The damage is done as the tables' owner."""

import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.trails.adding_up import trail
from tests.builders.identity import make_staff
from tests.builders.payouts import execute, inside, make_approved_run, make_due_chain, make_finance, payout_of, sandbox

ONE = "(SELECT id FROM earning WHERE payee_kind = 'worker' ORDER BY id LIMIT 1)"
DAMAGES: dict[str, tuple[str, set[tuple[str, str, str | None]]]] = {
    "an earning": (
        f"UPDATE earning SET amount = amount + 1 WHERE id = {ONE}",
        {("answers", "price_not_split", "answer"), ("earnings", "earning_not_shared", "earning")},
    ),
    "two earnings that cancel out": (
        f"UPDATE earning SET amount = amount + CASE id WHEN {ONE} THEN 1 ELSE -1 END WHERE payee_kind = 'worker'",
        {("answers", "price_not_split", "answer"), ("earnings", "earning_not_shared", "earning")},
    ),
    "a share": (
        "UPDATE earning_share SET amount = amount - 1 WHERE installment_id IN (SELECT installment_id FROM payout_line)",
        {("earnings", "earning_not_shared", "earning"), ("installments", "installment_not_made", "installment")},
    ),
    "an installment": (
        "UPDATE installment SET amount = amount + 10000 WHERE state = 'paid'",
        {("installments", "installment_not_made", "installment"), ("payout", "line_not_installment", "installment")},
    ),
    "a price": (
        "UPDATE price_chain SET client_price_amount = client_price_amount + 7",
        {("answers", "price_not_split", "answer"), ("answers", "not_in_the_books", None)},
    ),
    "a fee": (
        "UPDATE payout SET carried_out = carried_out + 10000",
        {("payout", "not_explained", None)},
    ),
    "the payout": (
        "UPDATE payout SET amount = amount + 10000, carried_out = carried_out - 10000, carried_in = 10000",
        {("payout", "not_explained", None), ("payout", "not_in_the_books", None)},
    ),
    "a posting": (
        "UPDATE posting SET amount = amount + 5 WHERE journal_id IN (SELECT id FROM journal WHERE kind = 'J5')",
        {("payout", "not_in_the_books", None), ("transfer", "not_in_the_books", None)},
    ),
    "a line's amount": (
        "UPDATE external_line SET amount = amount - 10000",
        {("lines", "not_explained", None), ("lines", "not_in_the_books", None)},
    ),
    "a line's journal": (
        "UPDATE external_line SET state = 'unmatched', journal_id = NULL",
        {("lines", "line_without_journal", "external_line")},
    ),
    "a line that is gone": ("DELETE FROM external_line", {("lines", "not_explained", None)}),
}
TABLES = ("earning", "earning_share", "price_chain", "posting")


@pytest.fixture
def payout_id(committing_engine: Engine) -> uuid.UUID:
    with transaction(committing_engine) as session:
        chain, finance, rail = (
            make_due_chain(session, items=2, items_per_task=2),
            make_finance(session),
            sandbox(session),
        )
        run = make_approved_run(session, finance)
        execute(session, finance, rail, run)
        reconcile(inside(session), {"sandbox": rail})
        return payout_of(session, run, chain.workers[0]).id


def test_every_damage_is_named(
    committing_engine: Engine, committing_owner_engine: Engine, payout_id: uuid.UUID
) -> None:
    with transaction(committing_engine) as session:
        assert trail(session, make_staff(session, "finance"), payout_id).adds_up
    for name, (damage, named) in DAMAGES.items():
        with Session(committing_owner_engine) as owner:
            for table in TABLES:
                owner.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            auditor = make_staff(owner, "auditor")
            owner.execute(text(damage))
            found = trail(owner, auditor, payout_id)
            owner.rollback()
        breaks = {(one.step, one.what, one.noun) for one in found.breaks}
        assert named <= breaks, f"{name}: {breaks}"
        assert not found.adds_up
        assert all(one.expected != one.found for one in found.breaks), name


def test_the_row_is_named_with_what_it_should_be(committing_owner_engine: Engine, payout_id: uuid.UUID) -> None:
    with Session(committing_owner_engine) as owner:
        owner.execute(text("ALTER TABLE earning_share DISABLE TRIGGER USER"))
        earning_id = owner.scalars(
            text(
                f"UPDATE earning_share SET amount = amount - 7 WHERE earning_id = {ONE} "
                "AND installment_id IN (SELECT installment_id FROM payout_line) "
                "RETURNING earning_id"
            )
        ).one()
        first = trail(owner, make_staff(owner, "auditor"), payout_id).breaks[0]
        owner.rollback()
    assert (first.what, first.noun, first.subject_id) == ("earning_not_shared", "earning", earning_id)
    assert (str(first.expected), str(first.found)) == ("0.35 CNY", "0.349993 CNY")
