"""Cases: pairs of schemas that every law of the kit is checked on, both ways."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


Loses = Literal["", "forward", "backward", "both"]

_BACK = "~back"


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pair. `seed` and `seed_after` are rows for either side, as SQL.

    `loses` says which way loses data; `refused` and `refused_back` hold a part of the message
    where that way must be refused. `needs` are words that `DialectSuite.lacks` understands,
    `manage` those of what the project manages beyond the usual.
    """

    name: str
    before: str = ""
    after: str = ""
    seed: str = ""
    seed_after: str = ""
    loses: Loses = ""
    refused: str = ""
    refused_back: str = ""
    needs: str = ""
    manage: tuple[str, ...] = ()

    def reversed(self) -> Case:
        """The way back."""
        ways: dict[Loses, Loses] = {"forward": "backward", "backward": "forward"}
        return msgspec.structs.replace(
            self,
            name=f"{self.name}{_BACK}",
            before=self.after,
            after=self.before,
            seed=self.seed_after,
            seed_after=self.seed,
            loses=ways.get(self.loses, self.loses),
            refused=self.refused_back,
            refused_back=self.refused,
        )

    @property
    def is_back(self) -> bool:
        """Whether it is the way back of a case."""
        return self.name.endswith(_BACK)

    @property
    def tells_as_undo(self) -> bool:
        """Whether it has neither rows, nor a refusal, nor a loss of data to tell of."""
        return not (self.seed or self.refused or self.loses_forward)

    @property
    def loses_forward(self) -> bool:
        """Whether the way from before to after loses data."""
        return self.loses in ("forward", "both")


def read_cases(folder: Path) -> list[Case]:
    """The `[[case]]` tables of every TOML file in a folder, by file, both ways.

    Raises `ValueError` that names the file for a case that can not be understood, for two of
    one name, and for a file without any: what nobody runs proves nothing.
    """
    found = [case for file in sorted(folder.glob("*.toml")) for case in _cases_of(file)]
    names = [case.name for case in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not found:
        what = f"two cases are called {twice[0]}" if twice else "no cases"
        raise ValueError(f"{folder}: {what}")
    return [way for case in found for way in (case, case.reversed())]


def _cases_of(file: Path) -> list[Case]:
    try:
        tables = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{file}: {error}") from error
    return [msgspec.structs.replace(c, name=f"{file.stem}/{c.name}") for c in tables.case]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A file of cases."""

    case: list[Case]
