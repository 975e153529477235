"""Formats of the core."""
