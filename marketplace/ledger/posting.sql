-- The one door into the books. Each statement is one round trip.

-- name: post
-- Posts one journal whole, or nothing: when an account is missing, a balance does not suffice, the month is closed, or
-- the key exists, no row is written, and the answer says which. Balances are locked in the order of account ids, so that any number
-- of journals at once wait for each other but never in a circle.
WITH pair AS MATERIALIZED (
    SELECT *
    FROM unnest(
        CAST(:debit_keys AS text[]), CAST(:credit_keys AS text[]), CAST(:amounts AS bigint[]),
        CAST(:currencies AS text[])
    ) WITH ORDINALITY AS pair (debit_key, credit_key, amount, currency, position)
), named AS MATERIALIZED (
    SELECT account.key, account.id FROM account WHERE account.key = ANY(CAST(:keys AS text[]))
), change AS MATERIALIZED (
    SELECT named.id AS account_id, change.key, change.amount
    FROM unnest(CAST(:controlled_keys AS text[]), CAST(:changes AS bigint[])) AS change (key, amount)
    JOIN named ON named.key = change.key
), held AS MATERIALIZED (
    SELECT account_balance.account_id, account_balance.balance
    FROM account_balance
    -- an array, so that this is a walk over the index however large the table was when the plan was made
    WHERE account_balance.account_id = ANY(ARRAY(SELECT change.account_id FROM change))
    ORDER BY account_balance.account_id
    FOR NO KEY UPDATE OF account_balance
), short AS MATERIALIZED (
    SELECT change.key
    FROM held JOIN change ON change.account_id = held.account_id
    WHERE held.balance + change.amount < 0
), day AS MATERIALIZED (
    SELECT coalesce(CAST(:effective_on AS date), CAST(market_now() AT TIME ZONE 'UTC' AS date)) AS wanted_on
), opened AS (
    INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor, reverses_id)
    SELECT
        CAST(:id AS uuid), :kind, :key, :payload_hash, :subject_noun, CAST(:subject_id AS uuid),
        day.wanted_on, :actor, CAST(:reverses_id AS uuid)
    FROM day
    WHERE (SELECT count(*) FROM named) = cardinality(CAST(:keys AS text[]))
        AND (SELECT count(*) FROM held) = cardinality(CAST(:controlled_keys AS text[]))
        AND NOT EXISTS (SELECT FROM short)
        -- It waits for who closes a month and then sees what they wrote, which this statement itself would not.
        AND ledger_is_open(day.wanted_on)
    ON CONFLICT (key) DO NOTHING
    RETURNING journal.id, journal.effective_on
), moved AS (
    UPDATE account_balance SET balance = account_balance.balance + change.amount
    FROM change
    WHERE account_balance.account_id = change.account_id AND EXISTS (SELECT FROM opened)
    RETURNING account_balance.account_id
), written AS (
    INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
    SELECT opened.id, debit.id, credit.id, pair.amount, pair.currency
    FROM opened
    CROSS JOIN pair
    JOIN named AS debit ON debit.key = pair.debit_key
    JOIN named AS credit ON credit.key = pair.credit_key
    ORDER BY pair.position
    RETURNING posting.id
)
SELECT
    (SELECT opened.effective_on FROM opened) AS effective_on,
    (SELECT day.wanted_on FROM day) AS wanted_on,
    (SELECT count(*) FROM written) AS written,
    (SELECT count(*) FROM named) = cardinality(CAST(:keys AS text[])) AS accounts_exist,
    ARRAY(SELECT short.key FROM short ORDER BY short.key) AS short_keys

-- name: open_accounts
-- Accounts come to be with their first posting. Inserted in the order of their keys: two who open the same accounts
-- wait for each other, never in a circle.
WITH wanted AS (
    SELECT *
    FROM unnest(
        CAST(:codes AS smallint[]), CAST(:currencies AS text[]), CAST(:owner_ids AS uuid[]),
        CAST(:contract_ids AS uuid[]), CAST(:due_ons AS date[]), CAST(:labels AS text[])
    ) WITH ORDINALITY AS wanted (code, currency, owner_id, contract_id, due_on, label, position)
), opened AS (
    INSERT INTO account (code, currency, owner_id, contract_id, due_on, label)
    SELECT wanted.code, wanted.currency, wanted.owner_id, wanted.contract_id, wanted.due_on, wanted.label
    FROM wanted
    ORDER BY wanted.position
    ON CONFLICT DO NOTHING
    RETURNING account.id, account.code
)
INSERT INTO account_balance (account_id, balance)
SELECT opened.id, 0 FROM opened WHERE opened.code = ANY(CAST(:controlled_codes AS smallint[]))

-- name: hold
-- Locks the balances of these accounts, as far as they exist, in the order in which postings lock them.
SELECT account_balance.account_id
FROM account_balance
WHERE account_balance.account_id = ANY(
    ARRAY(SELECT account.id FROM account WHERE account.key = ANY(CAST(:keys AS text[])))
)
ORDER BY account_balance.account_id
FOR NO KEY UPDATE OF account_balance

-- name: journal_by_key
SELECT journal.id, journal.payload_hash, journal.effective_on FROM journal WHERE journal.key = :key
