"""Write the generated sections of README and docs; with --check, say which are stale.

A section of a page stands between two comments and is made by the function of that name:

    <!-- generated: NAME argument … -->
    <!-- end generated -->

To add one, write a function that returns Markdown and enter it in `SECTIONS`.
"""  # noqa: INP001 - a script beside the pages that it writes

from __future__ import annotations

import sys
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lockplane_core.spi.check import Check

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- generated: ", "<!-- end generated -->"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a page is stale.")
def main(*, check: bool) -> None:
    """Write every generated section, or find those that are stale."""
    stale = []
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))):
        old = page.read_text(encoding="utf-8")
        new = "".join(filled(old, page))
        if old != new:
            stale.append(page.relative_to(ROOT).as_posix())
            if not check:
                page.write_text(new, encoding="utf-8")
    word = "stale" if check else "written"
    click.echo("\n".join(f"{word}: {name}" for name in stale), nl=bool(stale))
    sys.exit(1 if check and stale else 0)


def filled(text: str, page: Path) -> Iterator[str]:
    """The lines of a page with its sections made anew."""
    inside = False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.startswith(BEGIN):
            inside = True
            yield f"{line}\n{section(line, f'{page.name}:{number}').strip()}\n\n"
        elif line.startswith(END):
            inside = False
        if not inside or line.startswith(END):
            yield line
    if inside:
        raise click.ClickException(f"{page.name}: a generated section has no end")


def section(line: str, place: str) -> str:
    """What belongs into the section that a line begins."""
    name, *arguments = line.removeprefix(BEGIN).removesuffix("-->\n").split()
    if name not in SECTIONS:
        raise click.ClickException(f"{place}: no section {name}; known: {', '.join(SECTIONS)}")
    return SECTIONS[name](*arguments)


# -- sections ------------------------------------------------------------------------------


def source(path: str, language: str) -> str:
    """A file of the repository, as a block of code."""
    return fenced((ROOT / path).read_text(encoding="utf-8").strip(), language)


def guards() -> str:
    """The guards of schema files, as a table."""
    from lockplane_core.engine.declarative import RULES

    rows = [f"| `{rule.id}` | {rule.code} | {rule.meaning} | {code(rule.bad)} |" for rule in RULES]
    return "\n".join(["| id | code | what it refuses | example |", "|---|---|---|---|", *rows])


def checks(scope: str) -> str:
    """Every installed check of a scope, from its docstring and examples."""
    from lockplane_core.app import load_registry

    found = [check for check in load_registry().checks.values() if check.scope == scope]
    mine = [check for check in found if type(check).__module__.startswith("lockplane_checks.")]
    return "\n\n".join(described(check) for check in sorted(mine, key=lambda check: check.code))


def described(check: Check) -> str:
    """One check as a section of the page."""
    where = ", ".join(sorted(check.dialects)) or "every dialect"
    parts = [
        f"### `{check.id}` ({check.code})",
        f"Severity: {check.severity}. For {where}.",
        cleandoc(type(check).__doc__ or ""),
    ]
    for title, examples in (("Reported:", check.bad), ("Not reported:", check.good)):
        parts += [title, *(fenced(example_text(example), "sql") for example in examples)]
    return "\n\n".join(parts)


def example_text(example: str | tuple[str, str]) -> str:
    """An example of a schema check; of a plan check, both sides under their names."""
    if isinstance(example, str):
        return cleandoc(example)
    before, after = (cleandoc(side) or "-- nothing" for side in example)
    return f"-- before\n{before}\n\n-- after\n{after}"


def hooks(*names: str) -> str:
    """Hooks by name, each under its exact signature."""
    import inspect

    from lockplane_core.spi import hookspecs

    parts = []
    for name in names:
        function = getattr(hookspecs, name)
        signature = str(inspect.signature(function)).replace("'", "")
        parts += [f"### `{name}{signature}`", inspect.getdoc(function) or ""]
    return "\n\n".join(parts)


def fenced(text: str, language: str) -> str:
    """A block of code."""
    return f"```{language}\n{text}\n```"


def code(text: str) -> str:
    """A piece of code inside a line, or nothing."""
    return f"`{text}`" if text else ""


SECTIONS: Mapping[str, Callable[..., str]] = {
    "checks": checks,
    "guards": guards,
    "hooks": hooks,
    "source": source,
}

if __name__ == "__main__":
    main()
