"""Generated from docs/worker-openapi.json; `piecework docs` writes it anew."""
