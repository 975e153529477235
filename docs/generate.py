"""Write the generated sections of README and docs, and the JSON Schemas; or say which are stale.

A section of a page stands between two comments and is made by the function of that name:

    <!-- generated: NAME argument … -->
    <!-- end generated -->

To add one, write a function in `sections/` that returns Markdown and enter it in `SECTIONS`.
"""  # noqa: INP001 - a script beside the pages that it writes

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sections import checks, cli, hooks, profiles, refusals, support
from sections.json_schemas import json_schemas
from sections.markdown import fenced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- generated: ", "<!-- end generated -->"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is stale.")
def main(*, check: bool) -> None:
    """Write everything that is generated, or find what is stale."""
    made = [*pages(), *json_schemas()]
    stale = [(ROOT / name, text) for name, text in made if (ROOT / name).read_text("utf-8") != text]
    if not check:
        for path, text in stale:
            path.write_text(text, encoding="utf-8")
    word = "stale" if check else "written"
    for path, _ in stale:
        click.echo(f"{word}: {path.relative_to(ROOT).as_posix()}")
    sys.exit(1 if check and stale else 0)


def pages() -> Iterator[tuple[str, str]]:
    """Each page from the top of the repository, and what it must hold."""
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))):
        text = "".join(filled(page.read_text(encoding="utf-8"), page))
        yield page.relative_to(ROOT).as_posix(), text


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


def source(path: str, language: str) -> str:
    """A file of the repository, as a block of code."""
    return fenced((ROOT / path).read_text(encoding="utf-8").strip(), language)


SECTIONS: Mapping[str, Callable[..., str]] = {
    "checks": checks.checks,
    "cli": cli.cli,
    "guards": checks.guards,
    "hooks": hooks.hooks,
    "profiles": profiles.profiles,
    "refusals": refusals.refusals,
    "source": source,
    "support": support.support,
}

if __name__ == "__main__":
    main()
