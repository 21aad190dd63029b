"""Exports: files of results and money, made by operations and kept for a while."""
