"""Gold items, agreement, consensus, sampling, scores: takes answers as values."""
