"""Patience: how far a parser reads on behind statements that do not end."""

from __future__ import annotations

_TIMES, _CHARACTERS = 10, 200_000


class Patience:
    """Counts how often a file is read once more from within a statement that swallowed others.

    Each of them may hold the whole rest of the file, so a large file is given up after ten, and
    a small one after as many as make up 200,000 characters. What is given up is an error, in
    these words.
    """

    MESSAGE = "too many statements without an end: from here on the file was not read"
    WAY_OUT = "End each statement with a semicolon."

    def __init__(self) -> None:
        self._times = self._characters = 0

    def lasts(self, characters: int) -> bool:
        """Whether so many characters may be read once more."""
        self._times += 1
        self._characters += characters
        return self._times <= _TIMES or self._characters <= _CHARACTERS
