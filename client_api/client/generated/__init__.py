"""Generated from docs/openapi.json; `piecework docs` writes it anew."""
