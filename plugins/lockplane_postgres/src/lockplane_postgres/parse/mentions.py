"""Mentions: what a query or an expression names, found by walking its syntax tree.

Relations, types and routines are required by name; a column only where its table is certain:
it is written with it, or there is but one in sight. Everything else is left to the server.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import RELATION_NAME, TYPE_NAME, is_system, split_name
from lockplane_postgres.parse.tree import NOTHING, plain
from lockplane_postgres.parse.type_names import is_built_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from msgspec import Raw

    from lockplane_postgres.parse.draft import Draft

Json = dict[str, Any]
_SEQUENCE_CALLS = frozenset({"nextval", "currval", "setval"})
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_CONSTANT = b'{"A_Const"'
_BY_OUTPUT = ("sortClause", "groupClause", "distinctClause")
"""Clauses of SELECT in which a bare name may be that of an output column."""


def mentions_something(raw: Raw) -> bool:
    """Whether a raw expression is there, and more than a constant."""
    return raw is not NOTHING and not bytes(raw).startswith(_CONSTANT)


class Scope:
    """The relations in sight: by alias, the path of each; None where its columns are unknown.

    Names in `hidden` are something else than columns (parameters of a routine, outputs).
    """

    def __init__(
        self,
        relations: Mapping[str, tuple[str, str] | None] | None = None,
        *,
        outer: Scope | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self.relations = dict(relations or {})
        self.outer = outer
        self.hidden: frozenset[str] = hidden | (outer.hidden if outer else frozenset())
        self.queries: dict[str, None] = dict(outer.queries) if outer else {}

    def inner(self) -> Scope:
        """A scope inside of this one."""
        return Scope(outer=self)

    def find(self, alias: str) -> tuple[str, str] | None:
        """The relation of an alias."""
        if alias in self.relations:
            return self.relations[alias]
        return self.outer.find(alias) if self.outer else None

    def only(self) -> tuple[str, str] | None:
        """The relation that a bare column must belong to, if there is no other in sight."""
        found = list(self.relations.values())
        scope = self.outer
        while scope is not None:
            found += scope.relations.values()
            scope = scope.outer
        return found[0] if len(found) == 1 else None


class Mentions:
    """Requires, in a draft, what the trees that it is shown mention.

    With a `detail`, the offsets in the tree belong to another text, and everything is placed at
    `offset`. `bare` columns may be variables of a procedural language instead: they are ignored.
    """

    def __init__(
        self, draft: Draft, *, detail: str = "", offset: int = 0, bare: bool = True
    ) -> None:
        self.draft = draft
        self.detail = detail
        self.offset = offset
        self.bare = bare

    # -- walking -----------------------------------------------------------------------------

    def read(self, raw: Raw, scope: Scope, *, tag: str = "") -> None:
        """What a raw tree mentions; `tag` is the class of its root, where that is not in it."""
        if mentions_something(raw):
            tree = plain(raw)
            self.look(({tag: tree} if tag else tree), scope)

    def look(self, tree: Any, scope: Scope) -> None:
        """What a tree mentions; of one that is hundreds of levels deep, what is found first."""
        with suppress(RecursionError):
            self.walk(tree, scope)

    def walk(self, tree: Any, scope: Scope) -> None:
        """What a tree mentions."""
        if isinstance(tree, list):
            for item in tree:
                self.walk(item, scope)
        elif isinstance(tree, dict):
            for key, value in tree.items():
                visit = _VISITORS.get(key)
                if visit is not None:
                    visit(self, value, scope)
                elif isinstance(value, (dict, list)):
                    self.walk(value, scope)

    # -- names -------------------------------------------------------------------------------

    def _require(self, ref: Ref, node: Json) -> None:
        place = self.offset if self.detail else node.get("location", 0)
        self.draft.require(ref, place, detail=self.detail)

    def column(self, node: Json, scope: Scope) -> None:
        names = [field.get("String", {}).get("sval") for field in node.get("fields", ())]
        if None in names or names[-1] in _SYSTEM_COLUMNS:
            return
        *owner, name = names
        match owner:
            case []:
                known = self.bare and name not in scope.hidden and name not in scope.relations
                path = scope.only() if known else None
            case [alias]:
                path = scope.find(alias)
            case _:
                path = (owner[-2], owner[-1])
        if path is not None:
            self._require(Ref(tags.COLUMN, (*path, name)), node)

    def relation(self, node: Json, scope: Scope) -> tuple[str, str] | None:
        """Require a relation; None if the name is that of a query (WITH) or the server's."""
        schema, name = node.get("schemaname", ""), node["relname"]
        if (not schema and name in scope.queries) or is_system(schema, name):
            return None
        path = (schema or self.draft.schema, name)
        self._require(Ref(RELATION_NAME, path), node)
        return path

    def type_name(self, node: Json, scope: Scope) -> None:
        parts = _texts(node.get("names", ()))
        if parts and not node.get("pct_type") and not is_built_in(parts):
            self._require(Ref(TYPE_NAME, self.draft.qualified(parts)), node)

    def call(self, node: Json, scope: Scope) -> None:
        parts = _texts(node.get("funcname", ()))
        place = self.offset if self.detail else node.get("location", 0)
        self.draft.require_routine(parts, place, detail=self.detail)
        if parts and parts[-1] in _SEQUENCE_CALLS:
            self._sequence(node)
        for key, value in node.items():
            if key != "funcname":
                self.walk(value, scope)

    def _sequence(self, node: Json) -> None:
        first: Json = next(iter(node.get("args", ())), {})
        parts = split_name(_constant(first.get("TypeCast", {}).get("arg", first)))
        if parts:
            self._require(Ref(tags.SEQUENCE, self.draft.qualified(parts)), node)

    def cast(self, node: Json, scope: Scope) -> None:
        target = _texts(node.get("typeName", {}).get("names", ()))
        parts = split_name(_constant(node.get("arg", {}))) if target[-1:] == ["regclass"] else ()
        if parts and not is_system(parts[0] if len(parts) > 1 else "", parts[-1]):
            self._require(Ref(RELATION_NAME, self.draft.qualified(parts)), node)
        self.type_name(node.get("typeName", {}), scope)
        self.walk(node.get("arg"), scope)

    # -- queries -----------------------------------------------------------------------------

    def select(self, node: Json, outer: Scope) -> None:
        scope = outer.inner()
        self._with(node, scope)
        for side in ("larg", "rarg"):
            if side in node:
                self.select(node[side], scope)
        for item in node.get("fromClause", ()):
            self._from(item, scope)
        if "larg" in node:  # ORDER BY names an output of both sides
            scope.relations["?"] = None
        named = Scope(scope.relations, outer=outer, hidden=_outputs(node.get("targetList", ())))
        for key, value in node.items():
            if key not in _SELECT_PARTS:
                self.walk(value, named if key in _BY_OUTPUT else scope)

    def _with(self, node: Json, scope: Scope) -> None:
        clause = node.get("withClause", {})
        queries = [item["CommonTableExpr"] for item in clause.get("ctes", ())]
        if clause.get("recursive"):
            scope.queries.update(dict.fromkeys(query["ctename"] for query in queries))
        for query in queries:
            self.walk(query.get("ctequery"), scope)
            scope.queries[query["ctename"]] = None

    def _from(self, item: Json, scope: Scope) -> None:
        for key, node in item.items():
            if key == "RangeVar":
                self._named(node, scope)
            elif key == "JoinExpr":
                self._join(node, scope)
            elif key == "RangeTableSample":
                self._from(node.get("relation", {}), scope)
                self.walk(node.get("args"), scope)
            else:
                self.walk(node, scope)
                scope.relations[_alias(node, default=f"?{len(scope.relations)}")] = None

    def _named(self, node: Json, scope: Scope) -> None:
        path = self.relation(node, scope)
        renamed = "colnames" in node.get("alias", {})
        scope.relations[_alias(node, default=node["relname"])] = None if renamed else path

    def _join(self, node: Json, scope: Scope) -> None:
        for side in ("larg", "rarg"):
            self._from(node.get(side, {}), scope)
        self.walk(node.get("quals"), scope)
        if "alias" in node:
            scope.relations[_alias(node, default="")] = None

    def change(self, node: Json, outer: Scope) -> None:
        """INSERT, UPDATE, DELETE and MERGE: one relation that they change, others they read."""
        scope = outer.inner()
        self._with(node, scope)
        if "selectStmt" in node:
            self.walk(node["selectStmt"], scope.inner())
        target = node.get("relation", {})
        path = self.relation(target, scope)
        scope.relations[_alias(target, default=target.get("relname", ""))] = path
        if "onConflictClause" in node:
            scope.relations["excluded"] = path
        for item in (*node.get("fromClause", ()), *node.get("usingClause", ())):
            self._from(item, scope)
        self._from(node.get("sourceRelation", {}), scope)
        for item in (*node.get("cols", ()), *_set_targets(node)):
            self._target(item.get("ResTarget", {}), path)
        for key, value in node.items():
            if key not in _CHANGE_PARTS:
                self.walk(value, scope)

    def _target(self, node: Json, path: tuple[str, str] | None) -> None:
        if path is not None and node.get("name"):
            self._require(Ref(tags.COLUMN, (*path, node["name"])), node)

    def operands(self, node: Json, scope: Scope) -> None:
        """What stands on both sides of an operator."""
        self.walk(node.get("lexpr"), scope)
        self.walk(node.get("rexpr"), scope)

    def nothing(self, node: Json, scope: Scope) -> None:
        """A constant, or names that are no mentions."""


_SELECT_PARTS = frozenset({"withClause", "larg", "rarg", "fromClause"})
_CHANGE_PARTS = frozenset(
    {"withClause", "selectStmt", "relation", "fromClause", "usingClause", "sourceRelation", "cols"}
)
_VISITORS: dict[str, Callable[[Mentions, Json, Scope], object]] = {
    "ColumnRef": Mentions.column,
    "RangeVar": Mentions.relation,
    "TypeName": Mentions.type_name,
    "typeName": Mentions.type_name,
    "FuncCall": Mentions.call,
    "funccall": Mentions.call,
    "TypeCast": Mentions.cast,
    "SelectStmt": Mentions.select,
    "InsertStmt": Mentions.change,
    "UpdateStmt": Mentions.change,
    "DeleteStmt": Mentions.change,
    "MergeStmt": Mentions.change,
    "A_Expr": Mentions.operands,
    "A_Const": Mentions.nothing,
    "String": Mentions.nothing,
    "usingClause": Mentions.nothing,
    "lockedRels": Mentions.nothing,
}


def _set_targets(node: Json) -> list[Json]:
    """The assignments of an UPDATE, or of ON CONFLICT DO UPDATE."""
    conflict = node.get("onConflictClause", {})
    return [*node.get("targetList", ()), *conflict.get("targetList", ())]


def _texts(words: Iterable[Json]) -> list[str]:
    return [word.get("String", {}).get("sval", "") for word in words]


def _constant(node: Json) -> str:
    value = node.get("A_Const", {}).get("sval", {}).get("sval", "")
    return str(value)


def _alias(node: Json, *, default: str) -> str:
    return str(node.get("alias", {}).get("aliasname", default))


def _outputs(targets: Iterable[Json]) -> frozenset[str]:
    return frozenset(name for item in targets if (name := item.get("ResTarget", {}).get("name")))
