"""Books of any size, written straight into the tables: payees, their installments, payouts, journals, and the lines.

Money adds up, and each payout has its journals; there are no audit events.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

PAYOUTS_OF_A_PAYEE: Final = 10
PAYOUTS_OF_A_RUN: Final = 1_000
EARNING: Final = 10_000
"""What an answer pays, in CNY at the scale of the ledger."""


@dataclass(frozen=True, slots=True)
class Books:
    """How large: each payout pays so many installments, each of so many earnings, and has one line.

    Not `matched` are the payouts settled, and there are no lines yet. Each payee is owed two installments more, and
    three fall due later. They were paid on so many `days`, a week apart, the last
    of them today.
    """

    payouts: int
    installments: int = 5
    earnings: int = 8
    matched: bool = True
    days: int = 1


_PLAN: Final = (
    "CREATE TEMPORARY TABLE book_payee AS SELECT n, uuid7() AS id FROM generate_series(0, (:payouts - 1) / :each) AS n",
    "CREATE TEMPORARY TABLE book_run AS SELECT n, uuid7() AS id FROM generate_series(0, (:payouts - 1) / :in_run) AS n",
    """CREATE TEMPORARY TABLE book_payout AS
    SELECT uuid7() AS id, book_payee.id AS payee_id, book_run.id AS run_id, place / payees.count AS number,
        CAST(:installments AS bigint) * :owed AS amount,
        CAST(market_now() AS date) - 7 * CAST(place * :days / :payouts AS integer) AS paid_on,
        uuid7() AS matured_id, uuid7() AS sent_id, uuid7() AS settled_id
    FROM generate_series(0, CAST(:payouts AS bigint) - 1) AS place
    CROSS JOIN (SELECT count(*) AS count FROM book_payee) AS payees
    JOIN book_payee ON book_payee.n = place % payees.count
    JOIN book_run ON book_run.n = place / :in_run""",
    """CREATE TEMPORARY TABLE book_installment AS
    SELECT uuid7() AS id, payee_id, id AS payout_id, 'paid' AS state, uuid7() AS journal_id,
        paid_on - 7 * CAST(number * :installments + part AS integer) AS due_on
    FROM book_payout, generate_series(1, :installments) AS part
    UNION ALL
    SELECT uuid7(), id, NULL, CASE WHEN part <= 2 THEN 'due' ELSE 'scheduled' END, uuid7(),
        CAST(market_now() AS date) + 7 * part - 17
    FROM book_payee, generate_series(1, 5) AS part""",
    "ANALYZE book_payee",
    "ANALYZE book_payout",
    "ANALYZE book_installment",
)
_WHO: Final = (
    "INSERT INTO person (id, name, email) SELECT id, 'Payee', id || '@example.org' FROM book_payee",
    """INSERT INTO payout_run (id, state, rail, due_by, prepared_by, prepared_at)
    SELECT id, 'done', 'sandbox', CAST(market_now() AS date), :person, market_now() FROM book_run""",
    """INSERT INTO payout
        (id, run_id, payee_kind, payee_id, currency, amount, rail, destination_sealed, created_at, state, tries,
         rail_reference, sent_at, settled_at)
    SELECT id, run_id, 'worker', payee_id, 'CNY', amount, 'sandbox', '', market_now(),
        CASE WHEN CAST(:matched AS boolean) THEN 'reconciled' ELSE 'settled' END, 1, 'tr_book_' || id, market_now(),
        market_now()
    FROM book_payout""",
    """INSERT INTO payout_event (payout_id, kind, attempt, state_before, state_after)
    SELECT id, 'settled', 1, 'sent', 'settled' FROM book_payout""",
    """INSERT INTO installment
        (id, payee_kind, payee_id, contract_id, due_on, currency, amount, state, payout_id, due_at, paid_at)
    SELECT id, 'worker', payee_id, :contract, due_on, 'CNY', :owed, state, payout_id,
        CASE WHEN state <> 'scheduled' THEN market_now() END, CASE WHEN state = 'paid' THEN market_now() END
    FROM book_installment""",
    """INSERT INTO payout_line (payout_id, installment_id, amount)
    SELECT payout_id, id, :owed FROM book_installment WHERE payout_id IS NOT NULL""",
)
_ACCOUNTS: Final = (
    """INSERT INTO account (code, currency, label) VALUES (1100, 'CNY', 'sandbox') ON CONFLICT DO NOTHING""",
    """INSERT INTO account (code, currency, owner_id) VALUES (2010, 'CNY', :contract) ON CONFLICT DO NOTHING""",
    """WITH opened AS (
        INSERT INTO account (code, currency, owner_id, contract_id, due_on)
        SELECT 2110, 'CNY', payee_id, CAST(:contract AS uuid), due_on FROM book_installment
        UNION ALL SELECT 2130, 'CNY', id, NULL, NULL FROM book_payee
        UNION ALL SELECT 2300, 'CNY', id, NULL, NULL FROM book_payout
        RETURNING id, code, due_on
    )
    INSERT INTO account_balance (account_id, balance)
    SELECT id, CASE
        WHEN code = 2110 AND due_on > CAST(market_now() AS date) THEN :owed
        WHEN code = 2130 THEN CAST(2 AS bigint) * :owed
        ELSE 0 END
    FROM opened""",
    """CREATE TEMPORARY TABLE book_account AS
    SELECT account.id, account.code, account.owner_id, account.due_on
    FROM account JOIN (
        SELECT id FROM book_payee UNION ALL SELECT id FROM book_payout UNION ALL SELECT CAST(:contract AS uuid)
    ) AS owner ON owner.id = account.owner_id
    UNION ALL SELECT id, code, NULL, NULL FROM account WHERE code = 1100 AND currency = 'CNY' AND label = 'sandbox'""",
    "ANALYZE book_account",
)
_JOURNALS: Final = (
    """INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor)
    SELECT journal_id, 'J3', 'book:' || journal_id, ''::bytea, 'claim', uuid7(), least(due_on, market_now()::date),
        'bench'
    FROM book_installment
    UNION ALL SELECT matured_id, 'J4', 'book:' || matured_id, '', 'payout', id, paid_on, 'bench' FROM book_payout
    UNION ALL SELECT sent_id, 'J5', 'book:' || sent_id, '', 'payout', id, paid_on, 'bench' FROM book_payout
    UNION ALL SELECT settled_id, 'J6', 'book:' || settled_id, '', 'payout', id, paid_on, 'bench' FROM book_payout
    UNION ALL SELECT id, 'J4', 'book:' || id, '', 'person', id, market_now()::date, 'bench' FROM book_payee""",
    """INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
    SELECT one.journal_id, client.id, owed.id, :earning, 'CNY'
    FROM book_installment AS one
    JOIN book_account AS owed ON owed.code = 2110 AND owed.owner_id = one.payee_id AND owed.due_on = one.due_on
    JOIN book_account AS client ON client.code = 2010
    CROSS JOIN generate_series(1, :earnings)""",
    """INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
    SELECT coalesce(payout.matured_id, one.payee_id), later.id, owed.id, :owed, 'CNY'
    FROM book_installment AS one
    JOIN book_account AS later ON later.code = 2110 AND later.owner_id = one.payee_id AND later.due_on = one.due_on
    JOIN book_account AS owed ON owed.code = 2130 AND owed.owner_id = one.payee_id
    LEFT JOIN book_payout AS payout ON payout.id = one.payout_id
    WHERE one.state <> 'scheduled'""",
    """INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
    SELECT one.sent_id, owed.id, flying.id, one.amount, 'CNY'
    FROM book_payout AS one
    JOIN book_account AS owed ON owed.code = 2130 AND owed.owner_id = one.payee_id
    JOIN book_account AS flying ON flying.code = 2300 AND flying.owner_id = one.id""",
    """INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
    SELECT one.settled_id, flying.id, rail.id, one.amount, 'CNY'
    FROM book_payout AS one
    JOIN book_account AS flying ON flying.code = 2300 AND flying.owner_id = one.id
    JOIN book_account AS rail ON rail.code = 1100""",
)
_TIDY: Final = "DROP TABLE book_payee, book_run, book_payout, book_installment, book_account"
_LINES: Final = """
INSERT INTO external_line
    (id, rail, external_id, kind, amount, currency, occurred_at, reference, state, journal_id, matched_at)
SELECT uuid7(), 'sandbox', 'book_' || id, 'transfer', -amount, 'CNY', market_now(), 'tr_book_' || id, 'matched',
    settled_id, market_now()
FROM book_payout
"""


def fill_books(session: Session, contract_id: UUID, person_id: UUID, books: Books) -> None:
    """Write them, as of a contract that is there; `person_id` prepared the runs."""
    values = {
        "payouts": books.payouts,
        "installments": books.installments,
        "earnings": books.earnings,
        "matched": books.matched,
        "days": books.days,
        "each": PAYOUTS_OF_A_PAYEE,
        "in_run": PAYOUTS_OF_A_RUN,
        "earning": EARNING,
        "owed": books.earnings * EARNING,
        "contract": contract_id,
        "person": person_id,
    }
    for statement in (*_PLAN, *_WHO, *_ACCOUNTS, *_JOURNALS, *((_LINES,) if books.matched else ()), _TIDY):
        session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
