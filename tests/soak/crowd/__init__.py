"""A crowd of workers whose skill is known, on a database of its own: what consensus and protection make of it."""
