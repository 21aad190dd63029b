"""Calls to addresses that others chose: which may be asked at all, and connections that ask no other."""
