"""The bank as a rail: payment files out (pain.001), statements in (camt.053, MT940)."""
