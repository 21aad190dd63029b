"""Long runs against a service, outside of the test suite."""
