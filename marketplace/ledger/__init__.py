"""Double entry; knows nothing of jobs."""
