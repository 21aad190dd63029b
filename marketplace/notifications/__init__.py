"""Outgoing webhooks and messages, fed from sealed audit events."""
