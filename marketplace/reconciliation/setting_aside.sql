-- name: why
-- Why nothing explains a line: it names nothing that we know, what it names has its line already, or what it names is of
-- another amount or does not wait for it.
SELECT CASE
    WHEN NOT EXISTS (
        SELECT FROM payout WHERE payout.rail = line.rail AND payout.rail_reference = line.reference
        UNION ALL
        SELECT FROM deposit WHERE deposit.rail = line.rail AND deposit.reference = line.reference
        UNION ALL
        SELECT FROM refund WHERE refund.rail = line.rail AND refund.reference = line.reference
        UNION ALL
        SELECT FROM chargeback WHERE chargeback.rail = line.rail AND chargeback.reference = line.reference
    ) THEN 'no_reference'
    WHEN EXISTS (
        SELECT FROM external_line AS twin
        WHERE twin.rail = line.rail AND twin.reference = line.reference AND twin.id <> line.id
            AND twin.state = 'matched' AND sign(twin.amount) = sign(line.amount)
    ) THEN 'has_its_line'
    ELSE 'differs'
END
FROM external_line AS line
WHERE line.id = :line_id

-- name: owners
-- Who of finance may look after lines, and how many each has that are not explained.
SELECT membership.person_id,
    (SELECT count(*) FROM external_line AS line
     WHERE line.owner_id = membership.person_id AND line.state = 'set_aside') AS lines
FROM membership
JOIN organization ON organization.id = membership.organization_id AND organization.kind = 'platform'
WHERE membership.role = 'finance'
GROUP BY membership.person_id
ORDER BY membership.person_id
