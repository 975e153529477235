"""A check for Lockplane: names of tables and columns are lower snake case."""

from __future__ import annotations

import re

from lockplane_core.spi.check import Check
from lockplane_core.spi.hookspecs import hookimpl


class SnakeCase(Check):
    """A table or column is not named in lower snake case.

    Such a name needs quotes wherever it is used.
    """

    id = "snake_case"
    code = "SNAKE001"
    scope = "schema"
    severity = "warning"
    bad = ('CREATE TABLE "userNames" (id integer PRIMARY KEY);',)
    good = ("CREATE TABLE user_names (id integer PRIMARY KEY);",)

    def run(self, subject):
        for statement in subject.statements:
            for item in statement.declares:
                name = item.ref.name
                if item.role in ("table", "column") and not re.fullmatch("[a-z][a-z0-9_]*", name):
                    yield self.finding(f"{name} is not snake case", ref=item.ref, span=item.span)


@hookimpl
def lockplane_checks():
    return [SnakeCase()]
