"""A tour of every operation: each is called once as its user would, and what was sent and answered is its example."""
