"""The commands, loaders and formats of the core, registered as a stranger would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.builtin.commands import TABLE, module_of
from lockplane_core.spi.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.command import CommandSpec
    from lockplane_core.spi.format import FindingsFormat, PlanFormat
    from lockplane_core.spi.loader import Loader


class BuiltinPlugin:
    """Registers what the core brings beside its stages."""

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry

    @hookimpl
    def lockplane_commands(self) -> list[CommandSpec]:
        """The table of commands."""
        from lockplane_core.spi.command import CommandSpec

        return [CommandSpec(name, module_of(name), text) for name, text in TABLE]

    @hookimpl
    def lockplane_loaders(self) -> list[Loader]:
        """`exec:` alone; `sql:`, files and addresses are what every source comes down to."""
        from lockplane_core.builtin.loaders.exec import ExecLoader

        return [ExecLoader()]

    @hookimpl
    def lockplane_formats(self) -> list[PlanFormat | FindingsFormat]:
        """Plans for machines, people, databases and reviewers; findings for all but the third."""
        from lockplane_core.builtin.formats.findings_github import GithubFindings
        from lockplane_core.builtin.formats.findings_json import JsonFindings
        from lockplane_core.builtin.formats.findings_markdown import MarkdownFindings
        from lockplane_core.builtin.formats.findings_sarif import SarifFindings
        from lockplane_core.builtin.formats.findings_text import TextFindings
        from lockplane_core.builtin.formats.plan_json import JsonPlan
        from lockplane_core.builtin.formats.plan_markdown import MarkdownPlan
        from lockplane_core.builtin.formats.plan_sql import SqlPlan
        from lockplane_core.builtin.formats.plan_text import TextPlan

        plans: list[PlanFormat] = [
            JsonPlan(),
            MarkdownPlan(self._registry),
            SqlPlan(self._registry),
            TextPlan(self._registry),
        ]
        findings: list[FindingsFormat] = [
            GithubFindings(),
            JsonFindings(),
            MarkdownFindings(),
            SarifFindings(self._registry),
            TextFindings(),
        ]
        return [*plans, *findings]
