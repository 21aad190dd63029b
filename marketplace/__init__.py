"""Piecework: a marketplace for data labeling where every cent can be followed."""
