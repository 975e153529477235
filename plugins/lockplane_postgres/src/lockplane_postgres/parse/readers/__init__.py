"""Readers: one module for each group of statements; `statements` has the table of them."""
