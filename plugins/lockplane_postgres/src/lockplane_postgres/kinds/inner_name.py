"""Inner names: values of an enum and attributes of a composite type, which ALTER TYPE renames."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lockplane_core.model.node import Body
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.tags import ATTRIBUTE, COMPOSITE, ENUM, ENUM_VALUE
from lockplane_postgres.quote import literal, qualified_type, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.reader import Reader


class InnerBody(Body, frozen=True, kw_only=True):
    """Nothing: it is all in the body of the type."""


class InnerKind(PgKind):
    """Ref: (schema, type, name). It is no node."""

    role = "other"
    body = InnerBody
    inside = True
    renamable = True
    word: ClassVar[str]
    """What ALTER TYPE calls it."""

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """None: the type is read with its names."""
        return ()

    def written(self, name: str) -> str:
        """A name as ALTER TYPE wants it."""
        return quote(name)

    def rename(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER TYPE … RENAME`, which the server refuses where a typed table has the names.

        CASCADE would rename their columns: no statement goes beyond what the plan says.
        """
        old, new = change.old.ref, change.new.ref
        type_ = Ref(self.parent, old.path[:2])
        names = f"{self.written(old.name)} TO {self.written(new.name)}"
        yield Step(
            description=f"Rename {self.word.lower()} {old.name} of {type_.noun} "
            f"{spoken(type_.path)} to {new.name}",
            sql=(f"ALTER TYPE {qualified_type(*type_.path)} RENAME {self.word} {names}",),
            consumes=(type_,),
            settles=(new,),
            effects=("breaking",),
            span=change.new.span,
        )

    def spoken(self, ref: Ref) -> str:
        """The name behind that of its type."""
        return spoken(ref.path)

    def support(self) -> Support:
        """It is read, made and dropped with its type."""
        return Support(introspect=YES, rename=YES)


class EnumValueKind(InnerKind):
    """A value of an enum."""

    tag = ENUM_VALUE
    plural = "enum_values"
    parent = ENUM
    word = "VALUE"

    def written(self, name: str) -> str:
        """A literal."""
        return literal(name)

    def said(self, text: str, dialect: Dialect) -> tuple[str, ...]:
        """A literal as well, or a plain name."""
        from lockplane_postgres.parse.comments import literal_in

        found = literal_in(text)
        return dialect.names_in(text) if found is None else (found,)

    def spelled(self, old: Ref, new: Ref, dialect: Dialect) -> str:
        """A literal as well."""
        return literal(old.name)

    def within(self, node: Node) -> Iterable[Ref]:
        """The values."""
        return (node.ref.child(self.tag, value) for value in node.body.values)


class AttributeKind(InnerKind):
    """An attribute of a composite type."""

    tag = ATTRIBUTE
    plural = "attributes"
    parent = COMPOSITE
    word = "ATTRIBUTE"

    def within(self, node: Node) -> Iterable[Ref]:
        """The attributes."""
        return (node.ref.child(self.tag, found.name) for found in node.body.attributes)
