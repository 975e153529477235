"""A dialect for Lockplane: the database is a folder, and each object is a text file."""
