"""The kinds of SQLite, one module each."""
