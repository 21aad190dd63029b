"""Bulk in: what became of each upload, row by row, and imports from the formats of other tools."""
