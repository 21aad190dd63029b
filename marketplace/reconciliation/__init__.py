"""External lines, matching, discrepancies, periods, exports for the books."""
