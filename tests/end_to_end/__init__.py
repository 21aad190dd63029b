"""The running service, driven over HTTP by everybody in the market."""
