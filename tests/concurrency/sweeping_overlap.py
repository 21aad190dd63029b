"""A process that compares answers and gathers items until it is killed; started by test_overlap with a URL."""

import sys
import time

from marketplace.db.engine import make_engine, transaction
from marketplace.work.extending import extend_one_batch
from marketplace.work.overlap import judge_one_job


def main() -> None:
    engine = make_engine(sys.argv[1], application_name="killed")
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        done = 0
        for step in (judge_one_job, extend_one_batch):
            with transaction(engine) as session:
                done += step(session)
        if not done:
            time.sleep(0.005)


if __name__ == "__main__":
    main()
