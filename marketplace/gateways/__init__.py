"""Adapters of ports: rails, storage, mail."""
