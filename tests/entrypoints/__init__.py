"""Tests of marketplace.entrypoints."""
