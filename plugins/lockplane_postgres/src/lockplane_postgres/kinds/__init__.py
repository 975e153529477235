"""The kinds of PostgreSQL, one file each."""
