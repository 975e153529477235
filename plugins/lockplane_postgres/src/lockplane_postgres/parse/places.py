"""Places: where in a file a byte or a character of its text is."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from lockplane_core.model.node import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_UTF8 = ("utf-8", "surrogatepass")  # a text that is no UTF-8 has places, too


class Places:
    """A text, and the lines and columns of its offsets.

    The grammar counts bytes, its errors and our tokens characters; both are the same, and fast,
    where the text is ASCII.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._bytes = None if text.isascii() else text.encode(*_UTF8)
        # The line of the last byte asked for: the next one is mostly in it or near it.
        self._line, self._low, self._high = 0, 0, 0

    def span(self, byte: int) -> Span:
        """The place of a byte, counted from 0."""
        if not self._low <= byte < self._high:
            self._seek(byte)
        if self._bytes is None:
            return Span(self.file, self._line, byte - self._low + 1)
        before = self._bytes[self._low : byte]
        return Span(self.file, self._line, len(before.decode(*_UTF8)) + 1)

    def _seek(self, byte: int) -> None:
        starts = self._lines if self._bytes is None else self._byte_lines
        self._line = bisect_right(starts, byte)
        self._low = starts[self._line - 1]
        self._high = starts[self._line] if self._line < len(starts) else self.size + 1

    def spot(self, character: int) -> Span:
        """The place of a character, counted from 0."""
        line = bisect_right(self._lines, character)
        return Span(self.file, line, character - self._lines[line - 1] + 1)

    def cut(self, start: int, end: int) -> str:
        """The text between two bytes."""
        if self._bytes is None:
            return self.text[start:end]
        return self._bytes[start:end].decode(*_UTF8)

    def bytes_before(self, character: int) -> int:
        """How many bytes stand before a character."""
        if self._bytes is None:
            return character
        spot = self.spot(character)
        start = self._lines[spot.line - 1]
        return self._byte_lines[spot.line - 1] + len(self.text[start:character].encode(*_UTF8))

    @property
    def size(self) -> int:
        """The length of the text in bytes."""
        return len(self.text if self._bytes is None else self._bytes)

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line starts, in characters."""
        return _starts(len(line) for line in self.text.split("\n"))

    @cached_property
    def _byte_lines(self) -> list[int]:
        """Where each line starts, in bytes."""
        return _starts(len(line) for line in (self._bytes or b"").split(b"\n"))


def _starts(lengths: Iterable[int]) -> list[int]:
    """The offset of each line, from the lengths of lines without their newlines."""
    return list(accumulate((length + 1 for length in lengths), initial=0))[:-1]
