"""The story of money in tests/crashes, killed at every statement, every commit and every call of its rail.

    python -m tests.soak.crashing [--rails sandbox,stripe,bank] [--first 0] [--stride 1]

Each step on a database of its own. It prints how many points were swept over each rail, and ends with the sentence of
the first that could not be mended.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.crashes.driving import driving
from tests.server import RunServer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rails", default="sandbox,stripe,bank")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--stride", type=int, default=1, help="every so-many-th step only")
    asked = parser.parse_args()
    running = RunServer()
    try:
        running.server.ensure_template()
        for rail in asked.rails.split(","):
            began = time.monotonic()
            with (
                tempfile.TemporaryDirectory() as folder,
                driving(running.server, Path(folder), rail, every=True) as driver,
            ):
                points = driver.sweep(asked.first, asked.stride)
            print(f"{rail}: {points} points swept in {time.monotonic() - began:.0f} s", flush=True)
    except AssertionError as wrong:
        print(f"WRONG: {wrong}")
        return 1
    finally:
        running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
