"""Finding, registering and calling plugins."""
