"""`python -m lockplane_core` is `lockplane`."""

from __future__ import annotations

from lockplane_core.cli.main import main

main()
