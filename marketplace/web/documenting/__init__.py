"""The documentation of both JSON APIs as pages: their operations, and every refusal."""
