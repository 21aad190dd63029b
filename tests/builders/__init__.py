"""Builders with keyword overrides, one module a package."""
