"""Tasks, seats, claims, answers, reviews, disputes."""
