"""Backups: a folder with the database, the media and a manifest, from which an empty data folder is filled again."""
