"""The workers' pages and their JSON API."""
