"""Processes that are killed at each step of money's way in turn, and what the sweeps make of what they leave."""
