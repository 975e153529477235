"""What profiles leave alone, from the plugins that bring them."""

from __future__ import annotations

from sections.markdown import code, table


def profiles(dialect: str) -> str:
    """The profiles for a dialect, by name."""
    from lockplane_core.app import load_registry

    found = sorted(load_registry().profiles.values(), key=lambda profile: profile.name)
    rows = (
        (code(profile.name), ", ".join(code(pattern) for pattern in profile.exclude))
        for profile in found
        if profile.dialect == dialect
    )
    return table(("profile", "what it leaves alone"), rows)
