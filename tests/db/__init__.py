"""Tests of marketplace.db."""
