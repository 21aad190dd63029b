"""`make bench`: a proof that a leaf is in a log of ten million, beside one reading of all its leaf hashes.

    python -m tests.benchmarks.proving [--quick] [--leaves 10000000] [--json FILE]

The tables are filled by set-based statements, level by level, with hashes as the sealer makes them; only the events
behind the leaves are missing. Ends with 1 when a proof does not lead to the root, or a proof read more rows than it has
hashes to fold.
"""

import random
import re
import statistics
import sys
import time
from hashlib import sha256
from typing import Any, Final

import psycopg

from marketplace.audit.merkle import Range, fold, inclusion_ranges, subtrees, verify_inclusion
from marketplace.audit.queries import inclusion_proofs
from marketplace.audit.tree import NODES, stored_nodes, wanted
from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from tests.benchmarks.filling import tidy
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.keys import KEYS

LEAVES, QUICK_LEAVES = 10_000_000, 100_000
PROOFS = 500
SEED: Final = 6_962
AIM_MILLISECONDS = 10.0
_FILL_LEAVES = """
INSERT INTO audit_leaf (number, event_id, hash)
SELECT number, uuid7(), sha256(int8send(number)) FROM generate_series(0, %(leaves)s::bigint - 1) AS number
"""
_FILL_NODES = """
INSERT INTO audit_node (level, position, hash)
SELECT %(level)s, below.position / 2, sha256('\\x01'::bytea || below.hash || beside.hash)
FROM {below} AS below JOIN {below} AS beside ON beside.position = below.position + 1
WHERE below.position %% 2 = 0
"""


def main() -> int:
    what = "A proof from a large log."
    options = options_of(what, f"{QUICK_LEAVES:,} leaves", {"leaves": (LEAVES, QUICK_LEAVES)})
    with fresh_database() as (_, urls):
        return kept(options, _measure(urls, options.leaves))


def _measure(urls: EmbeddedUrls, leaves: int) -> dict[str, Any]:
    begun = time.perf_counter()
    _fill(urls, leaves)
    tidy(urls.superuser)
    print(f"{leaves:,} leaves and the nodes above them, written in {time.perf_counter() - begun:.0f} s.")
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    draw = random.Random(SEED)
    numbers = [0, leaves - 1, *(draw.randrange(leaves) for _ in range(PROOFS - 2))]
    with transaction(engine) as session:
        whole = subtrees(Range(0, leaves))
        known = stored_nodes(session, whole)
    root = fold([known[address] for address in whole])
    seconds, wrong = [], 0
    for number in numbers:
        begun = time.perf_counter()
        with transaction(engine) as session:
            proof = inclusion_proofs(session, [number], leaves)[number]
        seconds.append(time.perf_counter() - begun)
        leaf = sha256(number.to_bytes(8, "big")).digest()
        wrong += not verify_inclusion(leaf, number, leaves, proof, root)
    engine.dispose()
    most = [_explained(urls, number, leaves) for number in numbers[:10]]
    with psycopg.connect(urls.app) as connection:
        begun = time.perf_counter()
        connection.execute("SELECT count(hash) FROM audit_leaf")
        scan = time.perf_counter() - begun
        row = connection.execute("SELECT pg_relation_size('audit_leaf') / 8192").fetchone()
    assert row is not None
    return _report(leaves, seconds, wrong, most, scan, row[0])


def _fill(urls: EmbeddedUrls, leaves: int) -> None:
    with psycopg.connect(urls.superuser) as connection:
        # No event stands behind a leaf here, so its foreign key is not asked.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '256MB'")
        connection.execute(_FILL_LEAVES, {"leaves": leaves})
        below, level, nodes = "(SELECT number AS position, hash FROM audit_leaf)", 1, leaves // 2
        while nodes:
            connection.execute(_FILL_NODES.format(below=below), {"level": level})
            below = f"(SELECT position, hash FROM audit_node WHERE level = {level})"
            level, nodes = level + 1, nodes // 2


def _explained(urls: EmbeddedUrls, number: int, leaves: int) -> dict[str, int]:
    """Rows and pages that the one query of a proof reads, by the server's own account."""
    addresses = [address for span in inclusion_ranges(number, leaves) for address in subtrees(span)]
    sql = re.sub(r":(numbers|levels|positions)\b", r"%(\1)s", str(NODES))
    with psycopg.connect(urls.app, options="-c jit=off") as connection:
        plan = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", wanted(addresses)).fetchone()
    assert plan is not None
    top = plan[0][0]["Plan"]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return {"hashes": len(addresses), "rows": _rows_read(top), "pages": pages}


def _rows_read(node: dict[str, Any]) -> int:
    own = 0
    if node.get("Relation Name") in {"audit_leaf", "audit_node"}:
        looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        own = round(looked_at * node["Actual Loops"])
    return own + sum(_rows_read(child) for child in node.get("Plans", ()))


def _report(
    leaves: int, seconds: list[float], wrong: int, explained: list[dict[str, int]], scan: float, scan_pages: int
) -> dict[str, Any]:
    times = sorted(took * 1000 for took in seconds)
    median, slowest = statistics.median(times), times[len(times) * 99 // 100]
    most = {name: max(one[name] for one in explained) for name in ("hashes", "rows", "pages")}
    print(f"A proof from {leaves:,} leaves: {median:.2f} ms in the median, {slowest:.2f} ms at the 99th percentile")
    print(f"  reading at the most {most['rows']} rows on {most['pages']} pages (aim {AIM_MILLISECONDS:g} ms)")
    print(f"Beside it, all leaf hashes read once: {scan * 1000:,.0f} ms, {scan_pages:,} pages.")
    problems = [f"{wrong} proofs do not lead to the root"] if wrong else []
    problems += [f"a proof read {one['rows']} rows for {one['hashes']} hashes" for one in explained if _reads_on(one)]
    for problem in problems:
        print(problem)
    return {
        "leaves": leaves,
        "milliseconds_median": round(median, 3),
        "milliseconds_p99": round(slowest, 3),
        "aim_milliseconds": AIM_MILLISECONDS,
        "most": most,
        "scan_milliseconds": round(scan * 1000, 1),
        "scan_pages": scan_pages,
        "problems": problems,
    }


def _reads_on(one: dict[str, int]) -> bool:
    return one["rows"] > one["hashes"]


if __name__ == "__main__":
    sys.exit(main())
