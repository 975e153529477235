"""Loaders of the core."""
