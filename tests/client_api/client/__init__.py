"""The Python client: what is generated, and how it bears a bad connection."""
