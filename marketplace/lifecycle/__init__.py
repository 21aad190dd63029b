"""Verbs across packages: cancelling, recalling, defaulting and succession, completing."""
