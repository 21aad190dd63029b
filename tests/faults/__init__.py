"""The faults by name: docs/faults.md says what happens in each, and which test shows it."""
