"""Plan files: a plan as JSON, and back.

The file is the plan itself with three freedoms for people: `sql` is a string where there is one
statement, an undo step stands flat with its `undoes`, and empty fields are left out. `digest`
is over everything that has a meaning, so neither layout nor `x-` keys break it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from lockplane_core.engine import json_text
from lockplane_core.errors import PlanError
from lockplane_core.model.plan import FORMAT, Plan, UndoStep
from lockplane_core.model.scope import Scope
from lockplane_core.model.step import Guard, Kept, Lock, Renamed, Step
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from pathlib import Path

INVALID = "plan_validation_error"
SHORT = 12
_FREE = "x-"
_STRUCTS = (Plan, UndoStep, Step, Lock, Guard, Kept, Renamed, Scope)
_HOW = (
    "`lockplane plan --out FILE` writes a plan that can be run; --format text and sql are to read."
)
_CLAIMS: dict[str, Any] = {
    "produces": (),
    "consumes": (),
    "destroys": (),
    "settles": (),
    "locks": (),
    "renames": (),
}


class InvalidPlan(PlanError):
    """A file that is no plan: where, counted from 1, and the `reason` without the place."""

    def __init__(self, name: str, message: str, at: tuple[int, int], *, hint: str = "") -> None:
        self.file, (self.line, self.column), self.reason = name, at, message
        super().__init__(f"{name}:{at[0]}:{at[1]}: {message}", hint=hint, code=INVALID)


# -- writing -------------------------------------------------------------------------------


def write_plan(plan: Plan) -> str:
    """The plan as JSON, with its digest."""
    return json_text.pretty({**_tree(plan), "digest": digest(plan)})


def digest(plan: Plan) -> str:
    """64 hex digits over what the plan says."""
    tree = _tree(_meant(plan))
    return hashlib.sha256(msgspec.json.encode(tree, order="deterministic")).hexdigest()


def short(plan: Plan) -> str:
    """The beginning of the digest, by which people call a plan."""
    return digest(plan)[:SHORT]


def _tree(plan: Plan) -> dict[str, Any]:
    head: dict[str, Any] = {"format": plan.format, **msgspec.to_builtins(plan)}
    steps, undo, extra = (head.pop(key, None) for key in ("steps", "undo", "extra"))
    tree = {**head, "steps": [_step_tree(step) for step in steps]}
    if undo:
        tree["undo"] = [_undo_tree(entry) for entry in undo]
    if not plan.dialect:
        del tree["dialect"]
    return {**tree, **(extra or {})}


def _step_tree(step: dict[str, Any], **more: Any) -> dict[str, Any]:
    extra = step.pop("extra", {})
    if len(step["sql"]) == 1:
        (step["sql"],) = step["sql"]
    said = {"description": step.pop("description"), "sql": step.pop("sql")}
    return {**said, **more, **step, **extra}


def _undo_tree(entry: dict[str, Any]) -> dict[str, Any]:
    step = entry.pop("step")
    return _step_tree(step, **entry)


def _meant(plan: Plan) -> Plan:
    """The plan without the keys that are free for everybody; `extra` is where they are."""

    def meant(step: Step) -> Step:
        return replace(step, extra=_meaning(step.extra)) if step.extra else step

    return replace(
        plan,
        steps=tuple(map(meant, plan.steps)),
        undo=tuple(replace(entry, step=meant(entry.step)) for entry in plan.undo),
        extra=_meaning(plan.extra),
    )


def _meaning(value: Any) -> Any:
    """A tree without the keys that are free for everybody."""
    if isinstance(value, dict):
        return {key: _meaning(item) for key, item in value.items() if not key.startswith(_FREE)}
    return [_meaning(item) for item in value] if isinstance(value, (list, tuple)) else value


# -- reading -------------------------------------------------------------------------------


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises `PlanError` that says what is wrong, and where."""
    if path.suffix == ".sql":
        raise PlanError(
            f"{path} is SQL, not a plan",
            hint=f"Plan and apply it in one go: lockplane apply --from DATABASE --to {path}",
        )
    try:
        return parse_plan(path.read_bytes(), str(path))
    except IsADirectoryError as error:
        raise PlanError(
            f"{path} is a directory, not a plan",
            hint=f"Plan and apply it in one go: lockplane apply --to {path}",
        ) from error
    except OSError as error:
        raise PlanError(f"{path}: {error.strerror or error}", hint=_HOW) from error


def parse_plan(data: bytes, name: str) -> Plan:
    """The plan in `data`; `name` is what messages call it. Raises `PlanError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanError(f"{name}: not a text file in UTF-8 (byte {error.start})") from error
    return _Reading(text, name).plan()


class _Reading:
    """One file on its way to a plan."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name

    def plan(self) -> Plan:
        tree = self._tree()
        said = tree.pop("digest", None)
        tree.pop("$schema", None)
        plan = self._converted(tree)
        self._refuse_empty_sql(plan)
        if said is None:
            return _without_claims(plan)
        if said != digest(plan):
            raise PlanError(
                f"{self.name} was edited after it was made: its digest does not fit",
                hint="Make the plan again. Or take out the line `digest`: then it is a plan "
                "written by hand, and what it says about itself is not believed.",
                code="edited_plan",
            )
        return plan

    def _tree(self) -> dict[str, Any]:
        try:
            tree = msgspec.json.decode(self.text.encode())
        except (msgspec.DecodeError, RecursionError):
            message, *at = json_text.fault(self.text)
            raise self._invalid(f"no JSON: {message}", (at[0], at[1]), _HOW) from None
        if not isinstance(tree, dict):
            raise self._invalid("a plan is a JSON object", (1, 1))
        if "steps" not in tree and "tables" in tree:
            raise PlanError(
                f"{self.name} is schema JSON, not a plan",
                hint=f"Make a plan from it: lockplane plan --from DATABASE --to {self.name}",
                code=INVALID,
            )
        self._refuse_newer(tree)
        return tree

    def _refuse_newer(self, tree: dict[str, Any]) -> None:
        found = tree.get("format", FORMAT)
        if isinstance(found, int) and found > FORMAT:
            raise PlanError(
                f"{self.name} is a plan of format {found}, and this Lockplane reads up to {FORMAT}",
                hint="Use the version of Lockplane that made it, or a newer one.",
                code="newer_plan",
            )

    def _converted(self, tree: dict[str, Any]) -> Plan:
        known = {"dialect": "", **self._apart(tree, [])}
        known["steps"] = self._steps(tree, "steps")
        if "undo" in tree:
            known["undo"] = [_undo_entry(step) for step in self._steps(tree, "undo")]
        try:
            return msgspec.convert(known, Plan)
        except msgspec.ValidationError as error:
            raise self._misfit(error) from None

    def _steps(self, tree: dict[str, Any], key: str) -> list[dict[str, Any]]:
        steps = tree.get(key)
        if not isinstance(steps, list):
            raise self._invalid(f"`{key}` must be a list of steps", self._at([key]))
        return [self._step(step, [key, number]) for number, step in enumerate(steps)]

    def _step(self, step: Any, at: list[str | int]) -> dict[str, Any]:
        if not isinstance(step, dict):
            raise self._invalid("a step is a JSON object", self._at(at))
        sql = step.get("sql", [])
        return self._apart({**step, "sql": [sql] if isinstance(sql, str) else sql}, at)

    def _apart(self, tree: dict[str, Any], at: list[str | int]) -> dict[str, Any]:
        """A tree with its `x-` keys set apart, under the name that they have in a plan."""
        if "extra" in tree:
            raise self._unknown("extra", at)
        free = {key: value for key, value in tree.items() if key.startswith(_FREE)}
        rest = {key: value for key, value in tree.items() if key not in free}
        return {**rest, "extra": free} if free else rest

    def _refuse_empty_sql(self, plan: Plan) -> None:
        undo = [entry.step for entry in plan.undo]
        for key, steps in (("steps", plan.steps), ("undo", undo)):
            for number, step in enumerate(steps):
                if not step.sql or not all(sql.strip() for sql in step.sql):
                    at = self._at([key, number, "sql"])
                    raise self._invalid(f"the SQL of step {number + 1} is missing or empty", at)

    def _misfit(self, error: msgspec.ValidationError) -> InvalidPlan:
        message, _, path = str(error).partition(" - at ")
        at = json_text.parts(path.strip("`"))
        if at[:1] == ["undo"] and "step" in at:
            at.remove("step")
        if "unknown field" in message:
            return self._unknown(message.split("`")[1], at)
        return self._invalid(message, self._at(at))

    def _unknown(self, key: str, at: list[str | int]) -> InvalidPlan:
        names = {name for struct in _STRUCTS for name in struct.__struct_fields__}
        guess = meant(key, names - {"extra", "step"})
        hint = f"{guess} A key of your own begins with x-.".lstrip()
        return self._invalid(f"unknown field {key!r}", self._at([*at, key]), hint)

    def _at(self, path: list[str | int]) -> tuple[int, int]:
        return json_text.place(self.text, path)

    def _invalid(self, message: str, at: tuple[int, int], hint: str = "") -> InvalidPlan:
        return InvalidPlan(self.name, message, at, hint=hint)


def _undo_entry(step: dict[str, Any]) -> dict[str, Any]:
    undoes = {"undoes": step.pop("undoes")} if "undoes" in step else {}
    return {**undoes, "step": step}


def _without_claims(plan: Plan) -> Plan:
    """A plan that was written by hand: only its SQL, and the warnings in it, are believed."""
    steps = tuple(msgspec.structs.replace(step, **_CLAIMS) for step in plan.steps)
    undo = tuple(
        msgspec.structs.replace(entry, step=msgspec.structs.replace(entry.step, **_CLAIMS))
        for entry in plan.undo
    )
    return msgspec.structs.replace(plan, steps=steps, undo=undo)
