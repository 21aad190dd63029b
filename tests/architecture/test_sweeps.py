from marketplace.db.sql import load
from marketplace.entrypoints import sweeps


def test_every_sweep_tells_how_long_its_oldest_due_row_has_waited() -> None:
    told = set(load(sweeps.__file__, "due.sql"))
    named = {sweep.name for sweep in sweeps.SWEEPS}
    assert told == named, (
        f"marketplace/entrypoints/due.sql lacks a statement for {sorted(named - told)} and has one for "
        f"{sorted(told - named)}, which is no sweep: write `-- name: the_sweep` and a SELECT of one interval, how long "
        "the oldest due row has waited, through an index; CAST(NULL AS interval) where rows carry no such moment"
    )
