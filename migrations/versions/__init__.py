"""One line of history."""
