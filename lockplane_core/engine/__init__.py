"""Use cases: reading sources, planning, proving, executing, rolling back."""
