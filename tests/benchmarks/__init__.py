"""Measurements: what the marketplace does in a second, beside baselines that say what this machine could do."""
