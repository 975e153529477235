"""Reading SQLite's statements from their tokens: what the pragmas do not tell, with places."""
