"""Every message with which the program says no, read off the code that raises it."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sections.markdown import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.errors import LockplaneError

ROOT = Path(__file__).parents[2]
FOLDERS = ("lockplane_core", *sorted(f"plugins/{p.name}/src" for p in ROOT.glob("plugins/*")))
_NOT_FOR_USERS = ROOT / "lockplane_core/testing"
_GAP = "…"


class Refusal(NamedTuple):
    """A message and its hint as templates: … stands for what is filled in."""

    error: str
    message: str
    hint: str
    code: str


def refusals(error: str) -> str:
    """The messages of one class of errors, and what each says to do.

    One that is a server's, or a parser's, own words from end to end has no line.
    """
    found = sorted({refusal for refusal in everywhere() if refusal.error == error})
    found = [refusal for refusal in found if any(map(str.isalpha, refusal.message))]
    rows = [(_shown(r.message), _shown(r.hint), code(r.code)) for r in found]
    return table(("message", "what it says to do", "`error.code`"), rows)


def _shown(template: str) -> str:
    """A template for people: neighbouring gaps are one."""
    while _GAP * 2 in template:
        template = template.replace(_GAP * 2, _GAP)
    return template


def everywhere() -> Iterator[Refusal]:
    """The refusals of all files of the four packages."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if _NOT_FOR_USERS not in path.parents:
                yield from of_module(ast.parse(path.read_text(encoding="utf-8")))


def of_module(tree: ast.Module) -> Iterator[Refusal]:
    """The errors that a module makes: each call of an error class with a text of its own."""
    names = {name: found.code for name, found in error_classes().items()}
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in scopes:
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and _called(node) in names and node.args:
                given = {word.arg: word.value for word in node.keywords}
                hints = _texts(given["hint"], scope) if "hint" in given else [""]
                codes = _texts(given["code"], scope) if "code" in given else [names[_called(node)]]
                for made in product(_texts(node.args[0], scope), hints, codes):
                    yield Refusal(_called(node), *made)


def error_classes() -> dict[str, type[LockplaneError]]:
    """The exceptions that are raised on purpose, by name."""
    from lockplane_core import errors

    return {
        name: found
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.LockplaneError)
    }


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _texts(node: ast.expr, scope: ast.FunctionDef) -> list[str]:
    """The templates that an expression may come to."""
    match node:
        case ast.Constant(str(text)):
            return [text]
        case ast.JoinedStr(parts):
            return ["".join(_filled(part) for part in parts)]
        case ast.BinOp(left, ast.Add(), right):
            return [a + b for a in _texts(left, scope) for b in _texts(right, scope)]
        case ast.IfExp(_, body, orelse):
            return [*_texts(body, scope), *_texts(orelse, scope)]
        case ast.Name(name):
            return _assigned(name, scope) or [_GAP]
    return [_GAP]


def _filled(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else _GAP


def _assigned(name: str, scope: ast.FunctionDef) -> list[str]:
    """The texts that a local name is given."""
    return [
        text
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        for value in _without(name, node.value)
        for text in _texts(value, scope)
    ]


def _without(name: str, value: ast.expr) -> list[ast.expr]:
    """What is assigned, but for the name itself: `hint = x if y else hint` leaves it as it was."""
    if isinstance(value, ast.IfExp):
        return [*_without(name, value.body), *_without(name, value.orelse)]
    return [] if isinstance(value, ast.Name) and value.id == name else [value]
