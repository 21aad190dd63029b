"""Whole markets lived through at random: people, time and faults from a seed, the books proved after each step."""
