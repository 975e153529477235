"""Names that a product does not tell apart meet in one spelling."""

from __future__ import annotations

from lockplane_core.algebra.spelling import respelled, unified
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Body, Node, Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Statement


class Plain(Body, frozen=True, kw_only=True):
    """A body that says nothing."""


def table(*columns: str, needs: tuple[Ref, ...] = ()) -> list[Node]:
    name, *rest = columns
    ref = Ref("toy.table", (name,))
    below = [Node(ref=ref.child("toy.column", c), parent=ref, body=Plain()) for c in rest]
    return [Node(ref=ref, body=Plain(), needs=needs), *below]


def catalog(*nodes: Node) -> Catalog:
    return Catalog("toy", nodes)


def declared(*path: str, role: str = "table", of: tuple[str, ...] = ()) -> Declared:
    ref = Ref("toy.column" if role == "column" else "toy.table", path)
    return Declared(ref=ref, span=Span("f", 1), role=role, of=of)  # type: ignore[arg-type]


def test_after_takes_the_names_of_before_and_keeps_its_new_ones() -> None:
    before = catalog(*table("USERS", "Id"))
    after = catalog(*table("users", "id", "Age"), *table("Posts"))
    assert [node.ref.path for node in respelled(before, after, str.lower)] == [
        ("USERS", "Age"),
        ("USERS", "Id"),
        ("Posts",),
        ("USERS",),
    ]


def test_parents_and_needs_follow() -> None:
    before = catalog(*table("USERS", "Id"))
    need = Ref("toy.table", ("users",))
    after = catalog(*table("users", "id"), *table("posts", needs=(need,)))
    found = respelled(before, after, str.lower)
    assert found[Ref("toy.table", ("posts",))].needs == (Ref("toy.table", ("USERS",)),)
    assert found[Ref("toy.column", ("USERS", "Id"))].parent == Ref("toy.table", ("USERS",))


def test_where_case_counts_nothing_is_respelled() -> None:
    before, after = catalog(*table("USERS")), catalog(*table("users"))
    assert respelled(before, after, str) is after


def test_statements_of_several_files_use_the_spelling_of_the_declaration() -> None:
    users = Statement(
        verb="create",
        role="table",
        sql="",
        span=Span("a", 1),
        declares=(declared("Users"), declared("Users", "Id", role="column")),
    )
    posts = Statement(
        verb="create",
        role="table",
        sql="",
        span=Span("b", 1),
        declares=(declared("posts"),),
        requires=(declared("USERS", of=("ID", "nope")),),
    )
    dropping = Statement(
        verb="alter",
        role="table",
        sql="",
        span=Span("c", 1),
        requires=(declared("users"),),
        drops=(declared("users", "x", role="column"),),
    )
    _, second, third = unified([users, posts, dropping], str.lower)
    assert second.requires[0].ref.path == ("Users",)
    assert second.requires[0].of == ("Id", "nope")
    assert third.drops[0].ref.path == ("Users", "x")
