"""A payout followed from the answers that earned it to the bank's line, and back from any of them."""
