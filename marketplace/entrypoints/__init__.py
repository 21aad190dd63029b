"""Composition roots: web server, scheduler, command line."""
