"""Imports: what other tools call a project or a batch, read as the job and the items that it would be here.

One module for each format; what it finds is a `Plan` and rows. Whatever cannot be mapped is an error that names it,
and what is only looks is named in the plan's notes: nothing is dropped in silence.
"""
