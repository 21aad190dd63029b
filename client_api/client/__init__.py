"""A Python client of the REST API; needs no server's packages."""
