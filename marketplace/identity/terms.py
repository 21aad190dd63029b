"""The platform's terms that people accept when they sign up."""

TERMS_VERSION = "2026-11"
