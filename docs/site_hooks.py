"""What mkdocs does to a page before it is read: the words after a block's language are our test's.

GitHub leaves them out by itself; Python-Markdown would take such a line for no fence at all.
"""  # noqa: INP001 - a script beside the pages

from __future__ import annotations

FENCE = "```"


def on_page_markdown(markdown: str, **_: object) -> str:
    """The page with nothing but the language on the first lines of its blocks."""
    lines = markdown.split("\n")
    return "\n".join(line.split()[0] if line.startswith(FENCE) else line for line in lines)
