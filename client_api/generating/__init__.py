"""Makes the typed part of the Python client from the OpenAPI document; `piecework docs` writes it."""
