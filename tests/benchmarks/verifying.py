"""`make bench`: verifying a million events offline, beside bare SHA-256 of the same bytes.

    python -m tests.benchmarks.verifying [--quick] [--events 1000000] [--json FILE]

One log of so many events, told in bundles of 2,000 as the product signs them, each read and verified by the file that
stands alone: signatures, canonical bytes, and the place of each event under the signed head. The bundles are made
before, one at a time, and not timed. Beside it the bare hashes of the same files, once over, which is the least that
anybody can do. Ends with 1 when a bundle does not verify.
"""

import hashlib
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.audit import offline
from marketplace.audit.events import leaf_data
from marketplace.audit.merkle import Address, Frontier, inclusion_ranges, leaf_hash, prove
from marketplace.audit.notes import Signer, TreeHead, sign_note
from marketplace.kernel.canonical import canonical_bytes
from marketplace.provenance.bundling import FORMAT
from tests.benchmarks.running import kept, options_of

EVENTS, QUICK_EVENTS = 1_000_000, 20_000
IN_A_BUNDLE: Final = 2_000
SECONDS_AIM = 60.0
_SIGNER: Final = Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
_KEY: Final = _SIGNER.verifier.to_text()


def main() -> int:
    options = options_of("Events verified offline.", f"{QUICK_EVENTS:,} events", {"events": (EVENTS, QUICK_EVENTS)})
    return kept(options, _measure(options.events))


def _measure(events: int) -> dict[str, Any]:
    seconds = {"verify": 0.0, "processor": 0.0, "bare": 0.0}
    size, problems = 0, []
    for content in _bundles(events):
        begun, worked = time.perf_counter(), time.process_time()
        _, wrong = offline.verify(content, _KEY)
        seconds["verify"] += time.perf_counter() - begun
        seconds["processor"] += time.process_time() - worked
        if wrong is not None:
            problems.append(wrong)
        worked = time.process_time()
        hashlib.sha256(content).digest()
        seconds["bare"] += time.process_time() - worked
        size += len(content)
    return _report(events, seconds, size, problems)


def _body(number: int) -> bytes:
    """An event as a claim writes it, of about the usual length."""
    return canonical_bytes(
        {
            "actor": "person:prs_01h455vb4pex5vsknk084sn02q",
            "at": "2027-01-15T08:30:00.123456Z",
            "data": {
                "batch": "bat_01h455vb4pex5vsknk084sn02q",
                "contract": "con_01h455vb4pex5vsknk084sn02q",
                "guideline": 3,
                "items": 10,
                "job": "job_01h455vb4pex5vsknk084sn02q",
                "lease_until": "2027-01-15T09:30:00.123456Z",
                "price_chain": "pch_01h455vb4pex5vsknk084sn02q",
                "terms_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            },
            "id": f"evt_{number:026d}",
            "kind": "claim.created",
            "recorded_at": "2027-01-15T08:30:00.123456Z",
            "subject": f"clm_{number:026d}",
            "v": 1,
        }
    )


def _bundles(events: int) -> Iterator[bytes]:
    nodes: dict[Address, bytes] = {}
    frontier = Frontier()
    for number in range(events):
        leaf = leaf_hash(leaf_data(_body(number)))
        nodes[Address(0, number)] = leaf
        nodes.update({Address(node.level, node.position): node.hash for node in frontier.append(leaf)})
    note = sign_note(TreeHead(_SIGNER.name, events, frontier.root()).to_text(), _SIGNER)
    for first in range(0, events, IN_A_BUNDLE):
        told = []
        for number in range(first, min(first + IN_A_BUNDLE, events)):
            proof = prove(inclusion_ranges(number, events), lambda wanted: {one: nodes[one] for one in wanted})
            told.append({"leaf": number, "body": _body(number).decode(), "proof": [one.hex() for one in proof]})
        content: dict[str, Any] = {
            "format": FORMAT,
            "log": {"key": _KEY, "checkpoint": note},
            "older": None,
            "answers": [],
            "booked": {},
            "events": told,
            "openings": [],
            "waiting": [],
            "extras": [],
            "installments": [],
            "payouts": [],
            "withholdings": [],
        }
        digest = hashlib.sha256(canonical_bytes(content)).hexdigest()
        content["note"] = sign_note(f"{FORMAT}\n{digest}\n", _SIGNER)
        yield canonical_bytes(content) + b"\n"


def _report(events: int, seconds: dict[str, float], size: int, problems: list[str]) -> dict[str, Any]:
    million = seconds["processor"] * 1_000_000 / events
    print(f"{events:,} events in bundles of {IN_A_BUNDLE:,}, {size / 2**20:,.0f} MB, in one process:")
    print(
        f"  verified offline  {seconds['processor']:>8.1f} s of processor time, {seconds['verify']:.1f} s by the clock"
    )
    print(f"  bare SHA-256      {seconds['bare']:>8.1f} s of processor time")
    print(f"A million takes {million:.0f} s of a processor (aim {SECONDS_AIM:.0f} s).")
    for problem in problems:
        print(problem)
    return {
        "events": events,
        "bytes": size,
        "seconds": {name: round(took, 3) for name, took in seconds.items()},
        "processor_seconds_of_a_million": round(million, 1),
        "seconds_aim": SECONDS_AIM,
        "problems": problems,
    }


if __name__ == "__main__":
    sys.exit(main())
