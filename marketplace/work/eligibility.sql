-- Which work is open to a worker: the one place that finding and claiming ask. Each condition is over `job`,
-- `contract` and `batch` and :worker_id; `eligibility` puts them into the statements at the end. What it costs does
-- not grow with seats or workers: it is decided once for a worker and a batch, before a seat is looked for.
--
-- A condition first asks the batch or the job whether it asks for anything. What it then asks of the worker names no
-- batch wherever possible: such a subquery runs at most once in a statement, and only if some batch needs it, so that
-- a thousand batches that are not open to a worker are a thousand comparisons and not as many searches.
--
-- OFFSET 0 keeps a subquery as it is written, one probe of an index: see claiming.sql. Rules are asked for in an order
-- that only the index by scope and end has: a planner that hopes to find one soon would else read those of all others.

-- name: in_team
(batch.team_ids = '{}' OR batch.team_ids && ARRAY(
    SELECT member.team_id FROM team_member member JOIN team ON team.id = member.team_id AND team.state = 'open'
    WHERE member.person_id = :worker_id))

-- name: in_country
(job.screening_countries = '{}'
    OR (SELECT worker.country FROM worker WHERE worker.person_id = :worker_id) = ANY (job.screening_countries))

-- name: knows_languages
(job.screening_languages = '{}'
    OR (SELECT worker.languages FROM worker WHERE worker.person_id = :worker_id) @> job.screening_languages)

-- name: has_skills
(job.screening_skills = '{}' OR job.screening_skills <@ ARRAY(
    SELECT skill_grant.skill_id FROM skill_grant
    WHERE skill_grant.person_id = :worker_id AND skill_grant.expires_at > (SELECT market_now())
      AND NOT EXISTS (SELECT 1 FROM skill_revocation gone WHERE gone.grant_id = skill_grant.id OFFSET 0)))

-- name: scores_enough
-- At the job's kind of labeling; a score that is over is as one not known.
(job.screening_score_min IS NULL OR coalesce(
    (SELECT score.percent >= job.screening_score_min FROM worker_score score
     WHERE score.worker_id = :worker_id AND score.kind = job.kind AND score.expires_at > (SELECT market_now())
     OFFSET 0),
    job.screening_score_unknown = 'admit'))

-- name: not_blocked
NOT ARRAY[contract.id, job.id, job.organization_id, contract.seller_organization_id] && ARRAY(
    SELECT rule.scope_id FROM access_rule rule
    WHERE rule.worker_id = :worker_id AND rule.effect = 'block' AND rule.expires_at > (SELECT market_now())
      AND NOT EXISTS (SELECT 1 FROM access_rule_end gone WHERE gone.rule_id = rule.id OFFSET 0))

-- name: among_allowed
-- Wherever any worker is allowed by name, this one must be.
NOT EXISTS (
    SELECT 1
    FROM (VALUES (contract.id), (job.id), (job.organization_id), (contract.seller_organization_id)) AS scope (id)
    WHERE EXISTS (
        SELECT 1 FROM access_rule rule
        WHERE rule.scope_id = scope.id AND rule.effect = 'allow' AND rule.worker_id IS NOT NULL
          AND (rule.expires_at IS NULL OR rule.expires_at > (SELECT market_now()))
          AND NOT EXISTS (SELECT 1 FROM access_rule_end gone WHERE gone.rule_id = rule.id OFFSET 0)
        ORDER BY rule.expires_at DESC LIMIT 1 OFFSET 0)
      AND NOT EXISTS (
        SELECT 1 FROM access_rule rule
        WHERE rule.worker_id = :worker_id AND rule.scope_id = scope.id AND rule.effect = 'allow'
          AND (rule.expires_at IS NULL OR rule.expires_at > (SELECT market_now()))
          AND NOT EXISTS (SELECT 1 FROM access_rule_end gone WHERE gone.rule_id = rule.id OFFSET 0)
        ORDER BY rule.expires_at DESC LIMIT 1 OFFSET 0))

-- name: consented
-- Hard content is shown to those only who agreed to its severity (rule 11); nothing is looked up for other content.
(job.severity < 3 OR EXISTS (
    SELECT 1 FROM exposure_consent consent
    WHERE consent.person_id = :worker_id AND consent.severity = job.severity AND consent.withdrawn_at IS NULL
    OFFSET 0))

-- name: within_exposure
-- The items of one more task, and the minutes so far, lie within the worker's limits of their own day.
(job.severity < 3 OR (
    SELECT coalesce(sum(today.items), 0) + batch.items_per_task
               <= least(policy.items_max, coalesce(own.items_max, policy.items_max))
           AND coalesce(sum(today.seconds), 0)
               < 60 * least(policy.minutes_max, coalesce(own.minutes_max, policy.minutes_max))
    FROM exposure_policy policy
    LEFT JOIN exposure_setting own ON own.person_id = :worker_id
    LEFT JOIN exposure_day today ON today.person_id = :worker_id
        AND today.day = CAST(market_now() AT TIME ZONE coalesce(own.time_zone, 'UTC') AS date)
    GROUP BY policy.items_max, policy.minutes_max, own.items_max, own.minutes_max))

-- name: open_to_worker
(SELECT {consented} AND {within_exposure} AND {in_team} AND {in_country} AND {knows_languages} AND {has_skills} AND {scores_enough} AND {not_blocked} AND {among_allowed}
 FROM job, contract
 WHERE job.id = batch.job_id AND contract.id = batch.contract_id)

-- name: room_in_job
-- Not a matter of who the worker is: whether they hold fewer claims than the job lets one worker hold.
(job.claims_held_max IS NULL OR (
    SELECT count(*) FROM claim held
    WHERE held.worker_id = :worker_id AND held.job_id = job.id AND held.place_in_job IS NOT NULL
      AND held.state = 'claimed' AND held.attempt = 1) < job.claims_held_max)

-- name: takeable
({open_to_worker} AND (SELECT {room_in_job} FROM job WHERE job.id = batch.job_id))

-- name: why_not
SELECT {consented} AS consented, {within_exposure} AS within_exposure, job.severity,
       {in_team} AS in_team, {in_country} AS in_country, {knows_languages} AS knows_languages,
       {has_skills} AS has_skills, {scores_enough} AS scores_enough, {not_blocked} AS not_blocked, {among_allowed} AS among_allowed,
       job.screening_countries, job.screening_languages, job.screening_skills,
       job.screening_score_min, job.screening_score_unknown,
       contract.id AS contract_id, job.id AS job_id, job.organization_id, contract.seller_organization_id
FROM batch
JOIN job ON job.id = batch.job_id
JOIN contract ON contract.id = batch.contract_id
WHERE batch.id = :batch_id AND batch.claimable AND batch.state = 'open'
