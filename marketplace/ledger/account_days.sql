-- What accounts moved by day, and their postings: the kept days and the postings since them.
-- Days of accounts that are not kept (`kept` is false), or while nothing is kept, are read from all postings.

-- name: move
-- Adds the postings after :since up to :through, where all of them are there to be seen.
WITH leg AS (
    SELECT id, journal_id, debit_account_id AS account_id, amount AS debited, 0 AS credited
    FROM posting WHERE id > :since AND id <= :through
    UNION ALL
    SELECT id, journal_id, credit_account_id, 0, amount FROM posting WHERE id > :since AND id <= :through
)
INSERT INTO account_day AS known
    (account_id, effective_on, debited, credited, postings, first_posting_id, last_posting_id)
SELECT leg.account_id, journal.effective_on, sum(leg.debited), sum(leg.credited), count(*), min(leg.id), max(leg.id)
FROM leg
JOIN account ON account.id = leg.account_id AND account.code <> ALL(CAST(:not_kept AS smallint[]))
JOIN journal ON journal.id = leg.journal_id
GROUP BY leg.account_id, journal.effective_on
ON CONFLICT (account_id, effective_on) DO UPDATE SET
    debited = known.debited + excluded.debited, credited = known.credited + excluded.credited,
    postings = known.postings + excluded.postings, last_posting_id = excluded.last_posting_id

-- name: differing
-- Accounts of which a day is not what its postings say.
WITH leg AS (
    SELECT id, journal_id, debit_account_id AS account_id, amount AS debited, 0 AS credited
    FROM posting WHERE id <= :through
    UNION ALL
    SELECT id, journal_id, credit_account_id, 0, amount FROM posting WHERE id <= :through
), summed AS (
    SELECT leg.account_id, journal.effective_on, sum(leg.debited) AS debited, sum(leg.credited) AS credited,
        count(*) AS postings, min(leg.id) AS first_posting_id, max(leg.id) AS last_posting_id
    FROM leg
    JOIN account ON account.id = leg.account_id AND account.code <> ALL(CAST(:not_kept AS smallint[]))
    JOIN journal ON journal.id = leg.journal_id
    GROUP BY leg.account_id, journal.effective_on
)
SELECT DISTINCT account_id
FROM summed FULL JOIN account_day AS kept USING (account_id, effective_on)
WHERE (kept.debited, kept.credited, kept.postings, kept.first_posting_id, kept.last_posting_id)
    IS DISTINCT FROM
    (summed.debited, summed.credited, summed.postings, summed.first_posting_id, summed.last_posting_id)
ORDER BY account_id

-- name: held
-- What each of some accounts was debited and credited up to the end of a day.
WITH reached AS MATERIALIZED (
    SELECT coalesce(max(through_posting_id), 0) AS posting_id
    FROM kept_horizon WHERE name = 'account_days' AND CAST(:kept AS boolean)
)
SELECT wanted.account_id, sum(part.debited) AS debited, sum(part.credited) AS credited
FROM unnest(CAST(:account_ids AS bigint[])) AS wanted (account_id)
CROSS JOIN reached
CROSS JOIN LATERAL (
    SELECT debited, credited FROM account_day
    WHERE account_day.account_id = wanted.account_id AND reached.posting_id > 0
        AND effective_on <= CAST(:last AS date)
    UNION ALL
    SELECT posting.amount, 0 FROM posting JOIN journal ON journal.id = posting.journal_id
    WHERE posting.debit_account_id = wanted.account_id AND posting.id > reached.posting_id
        AND journal.effective_on <= CAST(:last AS date)
    UNION ALL
    SELECT 0, posting.amount FROM posting JOIN journal ON journal.id = posting.journal_id
    WHERE posting.credit_account_id = wanted.account_id AND posting.id > reached.posting_id
        AND journal.effective_on <= CAST(:last AS date)
) AS part
GROUP BY wanted.account_id

-- name: sums
-- What an account was debited and credited before :first, up to the end of :last, and up to a place: before the posting
-- :place_id of the day :place_on.
WITH reached AS MATERIALIZED (
    SELECT coalesce(max(through_posting_id), 0) AS posting_id
    FROM kept_horizon WHERE name = 'account_days' AND CAST(:kept AS boolean)
), since AS MATERIALIZED (
    SELECT posting.id, journal.effective_on, posting.amount AS debited, 0 AS credited
    FROM reached
    JOIN posting ON posting.debit_account_id = :account_id AND posting.id > reached.posting_id
    JOIN journal ON journal.id = posting.journal_id
    UNION ALL
    SELECT posting.id, journal.effective_on, 0, posting.amount
    FROM reached
    JOIN posting ON posting.credit_account_id = :account_id AND posting.id > reached.posting_id
    JOIN journal ON journal.id = posting.journal_id
), moved AS (
    SELECT account_day.effective_on, debited, credited, effective_on < CAST(:place_on AS date) AS in_place
    FROM reached JOIN account_day ON account_day.account_id = :account_id AND reached.posting_id > 0
    UNION ALL
    SELECT effective_on, debited, credited, (effective_on, id) < (CAST(:place_on AS date), CAST(:place_id AS bigint))
    FROM since
    UNION ALL
    -- Of the place's own day what comes before it, counted for nothing else.
    SELECT NULL, posting.amount, 0, true
    FROM reached
    JOIN account_day AS day ON day.account_id = :account_id AND day.effective_on = CAST(:place_on AS date)
        AND reached.posting_id > 0
    JOIN posting ON posting.debit_account_id = :account_id AND posting.id >= day.first_posting_id
        AND posting.id <= least(day.last_posting_id, CAST(:place_id AS bigint) - 1)
    JOIN journal ON journal.id = posting.journal_id AND journal.effective_on = day.effective_on
    UNION ALL
    SELECT NULL, 0, posting.amount, true
    FROM reached
    JOIN account_day AS day ON day.account_id = :account_id AND day.effective_on = CAST(:place_on AS date)
        AND reached.posting_id > 0
    JOIN posting ON posting.credit_account_id = :account_id AND posting.id >= day.first_posting_id
        AND posting.id <= least(day.last_posting_id, CAST(:place_id AS bigint) - 1)
    JOIN journal ON journal.id = posting.journal_id AND journal.effective_on = day.effective_on
)
SELECT
    coalesce(sum(debited) FILTER (WHERE effective_on < CAST(:first AS date)), 0) AS debited_before,
    coalesce(sum(credited) FILTER (WHERE effective_on < CAST(:first AS date)), 0) AS credited_before,
    coalesce(sum(debited) FILTER (WHERE effective_on <= CAST(:last AS date)), 0) AS debited_until,
    coalesce(sum(credited) FILTER (WHERE effective_on <= CAST(:last AS date)), 0) AS credited_until,
    coalesce(sum(debited) FILTER (WHERE in_place), 0) - coalesce(sum(credited) FILTER (WHERE in_place), 0) AS in_place
FROM moved

-- name: lines
-- The postings of an account from :first to :last that come before a place, the newest first, at most :most. Of the
-- kept days only as many are opened as have that many postings.
WITH reached AS MATERIALIZED (
    SELECT coalesce(max(through_posting_id), 0) AS posting_id
    FROM kept_horizon WHERE name = 'account_days' AND CAST(:kept AS boolean)
), newest AS MATERIALIZED (
    SELECT account_day.*
    FROM account_day
    WHERE account_id = :account_id AND (SELECT posting_id FROM reached) > 0
        AND effective_on >= CAST(:first AS date)
        AND effective_on <= least(CAST(:last AS date), CAST(:place_on AS date))
    ORDER BY effective_on DESC LIMIT CAST(:most AS bigint) + 1
), day AS MATERIALIZED (
    -- How much of the place's own day is left is not known: it counts for nothing.
    SELECT newest.*, coalesce(sum(CASE WHEN effective_on = CAST(:place_on AS date) THEN 0 ELSE postings END) OVER (
        ORDER BY effective_on DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS newer
    FROM newest
), found AS (
    SELECT line.*
    FROM day
    CROSS JOIN LATERAL (
        SELECT *
        FROM (
            (SELECT posting.id, journal.effective_on, posting.amount AS debited, 0 AS credited,
                posting.credit_account_id AS other_id, posting.journal_id
            FROM posting JOIN journal ON journal.id = posting.journal_id AND journal.effective_on = day.effective_on
            WHERE posting.debit_account_id = :account_id
                AND posting.id BETWEEN day.first_posting_id AND day.last_posting_id
                AND (day.effective_on < CAST(:place_on AS date) OR posting.id < CAST(:place_id AS bigint))
            ORDER BY posting.id DESC LIMIT CAST(:most AS bigint))
            UNION ALL
            (SELECT posting.id, journal.effective_on, 0, posting.amount, posting.debit_account_id, posting.journal_id
            FROM posting JOIN journal ON journal.id = posting.journal_id AND journal.effective_on = day.effective_on
            WHERE posting.credit_account_id = :account_id
                AND posting.id BETWEEN day.first_posting_id AND day.last_posting_id
                AND (day.effective_on < CAST(:place_on AS date) OR posting.id < CAST(:place_id AS bigint))
            ORDER BY posting.id DESC LIMIT CAST(:most AS bigint))
        ) AS leg
        ORDER BY leg.id DESC LIMIT CAST(:most AS bigint)
    ) AS line
    WHERE day.newer < CAST(:most AS bigint)
    UNION ALL
    SELECT leg.id, journal.effective_on, leg.debited, leg.credited, leg.other_id, leg.journal_id
    FROM (
        SELECT posting.id, amount AS debited, 0 AS credited, credit_account_id AS other_id, journal_id
        FROM reached JOIN posting ON debit_account_id = :account_id AND posting.id > reached.posting_id
        UNION ALL
        SELECT posting.id, 0, amount, debit_account_id, journal_id
        FROM reached JOIN posting ON credit_account_id = :account_id AND posting.id > reached.posting_id
    ) AS leg
    JOIN journal ON journal.id = leg.journal_id
    WHERE journal.effective_on BETWEEN CAST(:first AS date) AND CAST(:last AS date)
        AND (journal.effective_on, leg.id) < (CAST(:place_on AS date), CAST(:place_id AS bigint))
), page AS (
    SELECT * FROM found ORDER BY effective_on DESC, id DESC LIMIT CAST(:most AS bigint)
)
SELECT page.*, journal.kind, journal.subject_noun, journal.subject_id, journal.recorded_at,
    other.code, other.currency, other.owner_id, other.contract_id, other.due_on, other.label
FROM page
JOIN journal ON journal.id = page.journal_id
JOIN account AS other ON other.id = page.other_id
ORDER BY page.effective_on DESC, page.id DESC
