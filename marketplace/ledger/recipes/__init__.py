"""The journals that exist, as pure functions: business values in, postings out (docs/ledger.md has the table)."""
