"""The language of the fake product: one statement a line, words apart by blanks.

create shelf NAME [label WORD]              holds rows, like a table
create box SHELF.BOX TYPE [of SHELF.BOX] [check EXPRESSION]
create view NAME as EXPRESSION              stands on the boxes that it names
create seal NAME on SHELF.BOX               what no kind models
create grant NAME on SHELF                  an aspect that no kind models
install shelf NAME                          belongs to something else
label shelf NAME [WORD]
change box SHELF.BOX TYPE
check box SHELF.BOX [EXPRESSION]
drop shelf|box|view|seal|grant NAME
put SHELF COUNT                             that many more rows

A shelf or view may be in a room: `attic/books`, and its boxes `attic/books.title`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Path = tuple[str, ...]
Key = tuple[str, Path]
Sort = Literal["shelf", "box", "view", "seal", "grant"]
Verb = Literal["create", "install", "label", "change", "check", "drop", "put"]

UNMODELLED = ("seal", "grant")


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """An object of a fake database; `text` is the expression of a view or the check of a box.

    `of` is the box that a box refers to or what a seal is on, `number` grows with every thing
    that is made.
    """

    sort: Sort
    path: Path
    label: str = ""
    type: str = ""
    of: Path = ()
    text: str = ""
    rows: int = 0
    number: int = 0
    addon: bool = False

    @property
    def key(self) -> Key:
        """What it is stored by: shelves and views share their names."""
        return ("relation" if self.sort in ("shelf", "view") else self.sort, self.path)

    @property
    def name(self) -> str:
        """The name as it is written."""
        return spelled(self.path) if self.sort == "box" else "/".join(self.path)

    @property
    def needs(self) -> tuple[Key, ...]:
        """The keys without which it can not be."""
        if self.sort == "box":
            return (("relation", self.path[:-1]), *((("box", self.of),) if self.of else ()))
        if self.sort == "view":
            return tuple(("box", path) for path in boxes_in(self.text))
        if self.sort in UNMODELLED:
            return (("box" if self.sort == "seal" else "relation", self.of),)
        return ()


class Command(msgspec.Struct, frozen=True):
    """A statement, read: what to do, and the thing as far as the statement describes it."""

    verb: Verb
    thing: Thing


def spelled(path: Path) -> str:
    """The name of a box as it is written."""
    return f"{'/'.join(path[:-1])}.{path[-1]}"


def boxes_in(expression: str) -> tuple[Path, ...]:
    """The boxes that an expression names, sorted."""
    words = expression.replace("(", " ").replace(")", " ").split()
    return tuple(sorted({_box(word) for word in words if "." in word}))


def read(line: str) -> Command:
    """The command that a line gives. Raises `ValueError` that says what is wrong with it."""
    words = line.split()
    thing = _created(words, line) if words[:1] == ["create"] else None
    command = Command("create", thing) if thing else _changing(words) or _dropping(words)
    if command is None:
        raise ValueError(f"not understood: {line}")
    return command


def _created(words: list[str], line: str) -> Thing | None:
    match words[1:]:
        case ["shelf", name, *rest]:
            return Thing(sort="shelf", path=_relation(name), label=_label(rest))
        case ["box", name, type_, *rest]:
            of, check = _options(rest)
            return Thing(sort="box", path=_box(name), type=type_.lower(), of=of, text=check)
        case ["view", name, "as", _, *_]:
            text = line.partition(" as ")[2].strip()
            return Thing(sort="view", path=_relation(name), text=text)
        case ["seal", name, "on", on]:
            return Thing(sort="seal", path=(name,), of=_box(on))
        case ["grant", name, "on", on]:
            return Thing(sort="grant", path=(name,), of=_relation(on))
    return None


def _changing(words: list[str]) -> Command | None:
    match words:
        case ["install", "shelf", name]:
            return Command("install", Thing(sort="shelf", path=_relation(name), addon=True))
        case ["label", "shelf", name, *rest] if len(rest) <= 1:
            label = "".join(rest)
            return Command("label", Thing(sort="shelf", path=_relation(name), label=label))
        case ["change", "box", name, type_]:
            return Command("change", Thing(sort="box", path=_box(name), type=type_.lower()))
        case ["check", "box", name, *rest]:
            return Command("check", Thing(sort="box", path=_box(name), text=" ".join(rest)))
        case ["put", name, count] if count.isdecimal():
            return Command("put", Thing(sort="shelf", path=_relation(name), rows=int(count)))
    return None


def _dropping(words: list[str]) -> Command | None:
    match words:
        case ["drop", ("shelf" | "view" | "seal" | "grant") as sort, name]:
            return Command("drop", Thing(sort=sort, path=_relation(name)))
        case ["drop", "box", name]:
            return Command("drop", Thing(sort="box", path=_box(name)))
    return None


def _relation(name: str) -> Path:
    path = tuple(name.split("/"))
    if "." in name or not all(path):
        raise ValueError(f"{name} is no name of a shelf or view")
    return path


def _box(name: str) -> Path:
    shelf, _, own = name.rpartition(".")
    if not own:
        raise ValueError(f"{name} is no name of a box, which is SHELF.BOX")
    return (*_relation(shelf), own)


def _label(words: list[str]) -> str:
    match words:
        case []:
            return ""
        case ["label", label]:
            return label
    raise ValueError(f"not understood after the name: {' '.join(words)}")


def _options(words: list[str]) -> tuple[Path, str]:
    """What a box refers to, and its check."""
    match words:
        case ["of", name, *rest]:
            return _box(name), _check(rest)
        case _:
            return (), _check(words)


def _check(words: list[str]) -> str:
    if words and (words[0] != "check" or not words[1:]):
        raise ValueError(f"not understood after the type: {' '.join(words)}")
    return " ".join(words[1:])
