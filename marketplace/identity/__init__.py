"""People, organizations, memberships, keys, sign-up; permissions as data."""
