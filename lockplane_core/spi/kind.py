"""Kind: one sort of object, how it is read and how its changes are written."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.node import Body, Node, Role
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Keeping, Rendered, Step
from lockplane_core.spi.facts import Facts, facts_of
from lockplane_core.spi.support import YES, Support

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.reader import Reader


class Kind:
    """Subclass it once for each sort of object; an instance holds no state.

    `tag` is the kind of its refs (`postgres.index`), `plural` its key in schema JSON,
    `parent` the tag of the kind it lives below (empty: a root). `weight` breaks ties between
    steps that do not depend on one another: lower comes first. A `rebuildable` kind holds no
    data: where it has no ALTER, it is dropped and made again.
    """

    tag: ClassVar[str]
    plural: ClassVar[str]
    role: ClassVar[Role]
    body: ClassVar[type[Body]]
    parent: ClassVar[str] = ""
    also_below: ClassVar[frozenset[str]] = frozenset()
    """Tags of further kinds that its objects may live below (a trigger: of a table or a view)."""
    places: ClassVar[bool] = False
    """Whether it is the place of what it is a part of (a partition: of its table), so that a
    pattern that names it is about all of that."""
    inside: ClassVar[bool] = False
    """Whether its objects are names inside of the body of its parent, and no nodes (the values of
    an enum): all that is done to them is to rename them; `within` tells them."""
    always_root: ClassVar[bool] = False
    """Whether schema JSON writes it at the root, also where a node has a parent."""
    stays: ClassVar[bool] = False
    """Whether what the desired side does not say of it stays as it is (an owner)."""
    of_server: ClassVar[bool] = False
    """Whether its objects belong to the whole server (a role), so that only those are managed
    which the desired side declares: others use the rest."""
    managed: ClassVar[str] = ""
    """The word of the setting `manage` without which its objects are not even read."""
    weight: ClassVar[int] = 100
    rebuildable: ClassVar[bool] = False
    embeds: ClassVar[frozenset[str]] = frozenset()
    """Tags of the kinds below it that its own `to_tree` writes."""
    unique: ClassVar[bool] = False
    """Whether rows must differ in the columns of any such object (a primary key)."""
    since: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What older versions of the product do not have, and the version that brought it.

    By field of the body (`generated.virtual`), or in words; see `uses`."""
    optional: ClassVar[bool] = False
    """Whether an empty list of a root kind of role table is left out of schema JSON."""
    tree_fields: ClassVar[tuple[tuple[Any, ...], ...]] = ()
    """What `to_tree` writes beside `name`, the fields of the body and the kinds below: (name,
    type), or (name, type, default) where it may be missing; (name,) for a field of the body that
    it does not write. The JSON Schema is made of it."""

    # -- reading ---------------------------------------------------------------------------

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All nodes of this kind that a database holds."""
        raise NotImplementedError

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether an altered object must be dropped and made again (has no ALTER for it)."""
        return self.rebuildable and type(self).alter is Kind.alter

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """`replaces` for a kind whose answer depends on more, such as the server's version.

        The older of the catalogs' versions is what the plan must be understood by.
        """
        return self.replaces(change)

    def rebuilds(self, node: Node) -> bool:
        """Whether this very object may be dropped and made again for the sake of another one."""
        return self.rebuildable

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Names that the object takes away from objects of other kinds (as pseudo-refs)."""
        return ()

    def displaces(self, change: Change, dependant: Node) -> bool:
        """Whether `dependant` must be out of the way while `change` is made."""
        return change.action == "replace"

    def disturbs(self, change: Change) -> bool:
        """Whether what stands on the object, and nobody knows, may no longer be what it was."""
        return True

    def carries(self, change: Change, before: Catalog) -> Iterable[Ref]:
        """What stays and is worked on along with `change`: what stands on it is asked about too."""
        return ()

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """The steps for the changes at or below nodes of this kind.

        The default takes those of its own tag, one by one, through `create`, `drop`, `alter`,
        `rename` and `replace`; what it does not settle is handed to the kinds below.
        """
        steps = [
            step
            for change in changes
            if change.ref.kind == self.tag
            for step in getattr(self, change.action)(change, before, after)
        ]
        return Rendered(tuple(steps), tuple(ref for step in steps for ref in step.settles))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Make the object."""
        raise self.unsupported(change, "made")

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Take the object away, and with it all below it."""
        raise self.unsupported(change, "dropped")

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Change the object where it stands."""
        raise self.unsupported(change, "changed in place")

    def rename(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Give the object another name; what it is else, other changes see to.

        The engine adds to the step which refs it ends and makes.
        """
        raise self.unsupported(change, "renamed")

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Drop the object and make it again; only what holds no data may."""
        if not self.rebuildable:
            raise self.unsupported(change, "made again without losing what it holds")
        yield from self.drop(change, before, after)
        yield from self.create(change, before, after)

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """What does the same as one `step` of a change while others go on reading and writing.

        None, if another step of the change does it all; the step itself, if it keeps nobody
        long, or if there is no other way.
        """
        return (step,)

    def keeping(self, node: Node) -> Keeping:
        """What gives back to the object, made again, what `node.kept` says it had.

        It is asked of each kind that finds something to keep, and its SQL follows that of the
        step which makes the object. An empty mark says that nothing is kept.
        """
        return Keeping(mark="")

    # -- names -----------------------------------------------------------------------------

    def former(self, ref: Ref, names: Sequence[str]) -> Ref:
        """What `renamed_from` with these names means, said of the object `ref`.

        One name is that of an object in the same place; with as many as the path of a root has,
        the object may have moved. Raises `ValueError` that says what is expected.
        """
        if len(names) == 1:
            return Ref(ref.kind, (*ref.path[:-1], *names))
        if self.parent or len(names) != len(ref.path):
            raise ValueError("one name is expected here, without what it is in")
        return Ref(ref.kind, tuple(names))

    def said(self, text: str, dialect: Dialect) -> tuple[str, ...]:
        """The parts of a name of such an object as `renamed_from` writes it.

        Raises `ValueError` if it is none.
        """
        return dialect.names_in(text)

    def spelled(self, old: Ref, new: Ref, dialect: Dialect) -> str:
        """What `renamed_from` above `new` has to say to mean `old`; the reverse of `former`."""
        is_near = old.path[:-1] == new.path[:-1] or len(old.path) != len(new.path)
        names = old.path[-1:] if is_near or self.parent else old.path
        return ".".join(dialect.quote(name) for name in names)

    def within(self, node: Node) -> Iterable[Ref]:
        """Of a kind that is `inside`: what is named in the body of a node of its parent."""
        return ()

    def named_by(self, ref: Ref, catalog: Catalog) -> Iterable[Ref]:
        """What the name of the object is part of: the refs that change when it is renamed."""
        return (ref,) if self.inside else [node.ref for node in catalog.subtree(ref)]

    def renamed_along(self, old: Ref, new: Ref, catalog: Catalog) -> Iterable[tuple[Ref, Ref]]:
        """What else the same statement renames, each with its new name: what was handed down."""
        return ()

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """What an object of this kind is called once `old`, which names it, is called `new`."""
        depth = len(old.path)
        is_named_by = ref.path[:depth] == old.path
        return Ref(ref.kind, (*new.path, *ref.path[depth:])) if is_named_by else ref

    def kept_as(self, kept: Any, ref: Ref) -> Any:
        """What `Node.kept` says of an object of this kind once it is called `ref`."""
        return kept

    def unsaid(self, ref: Ref, catalog: Catalog) -> Node | None:
        """The node of what a schema file declares and the catalog of its scratch does not show.

        Asked of kinds that `stay`: what is not there is left as it is, unless a file says so.
        """
        return None

    def says_nothing(self, node: Node, live: Catalog) -> bool:
        """Whether what the desired side says by `node` goes without saying in a live database."""
        return False

    # -- steps -----------------------------------------------------------------------------

    def made(self, change: Change, step: Step, *, also: Iterable[Node] = ()) -> Step:
        """`step` as the one that makes the object, and `also` the nodes that come with it.

        What is altered below a parent that stays does not wait for changes of the parent.
        """
        nodes = (change.new, *also)
        if change.action != "alter":
            return _wired(step, nodes, nodes, produces=True, destroys=False)
        needy = [change.old, *nodes]
        if change.old.parent == change.new.parent:
            needy[:2] = [msgspec.structs.replace(node, parent=None) for node in needy[:2]]
        return _wired(step, nodes, needy, produces=True, destroys=True)

    def gone(self, change: Change, catalog: Catalog, step: Step) -> Step:
        """`step` as the one that ends the object and all below it."""
        nodes = tuple(catalog.subtree(change.old.ref))
        done = _wired(step, nodes, nodes, produces=False, destroys=True)
        if change.action == "drop":
            return done
        return msgspec.structs.replace(done, settles=(change.old.ref,))

    def unsupported(self, change: Change, how: str) -> UnsupportedChange:
        """The error for a change that this kind can not make."""
        node = change.after or change.before
        place = f" ({node.span})" if node is not None and node.span else ""
        return UnsupportedChange(
            f"{change.ref} can not be {how}{place}",
            hint="Make this change by hand, or keep the object as it is in the schema.",
        )

    def uses(self, node: Node) -> frozenset[str]:
        """What of `since` an object makes use of: the fields that are not at their default.

        Override it for what `since` says in words.
        """
        return frozenset(field for field in self.since if _is_said(node.body, field))

    # -- for people and checks -------------------------------------------------------------

    def spoken(self, ref: Ref) -> str:
        """The name as a description says it: without a schema that goes without saying."""
        return ".".join(ref.path)

    def facts(self, node: Node, catalog: Catalog) -> Facts:
        """What checks may ask of the object. The default reads it off its schema JSON."""
        found = facts_of(self.to_tree(node, catalog))
        return msgspec.structs.replace(found, unique=found.unique or self.unique)

    def support(self) -> Support:
        """What the kind can do, read off its class; override what another kind does for it."""

        def own(method: str) -> str:
            return YES if getattr(type(self), method) is not getattr(Kind, method) else ""

        return Support(
            introspect=own("introspect"),
            create=own("create"),
            alter=own("alter"),
            replace=YES if self.rebuildable else own("replace"),
            rename=own("rename"),
            drop=own("drop"),
            since=self.since,
        )

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The object as schema JSON, without the objects below it."""
        fields: dict[str, Any] = msgspec.to_builtins(node.body, order="deterministic")
        return {"name": node.ref.name, **fields}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The node, or nodes, that an item of schema JSON stands for.

        Raises `msgspec.ValidationError` for a field that it does not know.
        """
        fields = dict(item)
        name = fields.pop("name")
        ref = parent.child(self.tag, name) if parent else Ref(self.tag, (name,))
        yield Node(ref=ref, parent=parent, body=msgspec.convert(fields, self.body))


def _is_said(value: object, field: str) -> bool:
    """Whether a struct has a field, `outer.inner` for one further in, and not at its default."""
    name, _, inner = field.partition(".")
    fields = msgspec.structs.fields(value) if isinstance(value, msgspec.Struct) else ()
    for known in fields:
        if known.name == name:
            found = getattr(value, name)
            return _is_said(found, inner) if inner else found != known.default
    return False


def _wired(
    step: Step, nodes: Sequence[Node], needy: Sequence[Node], *, produces: bool, destroys: bool
) -> Step:
    """`step` with the refs of `nodes`, and of what `needy` need."""
    own = [node.ref for node in nodes]
    known = set(own)
    wanted = {need for node in needy for need in (*node.needs, *filter(None, [node.parent]))}
    return msgspec.structs.replace(
        step,
        produces=tuple(own) if produces else step.produces,
        destroys=tuple(own) if destroys else step.destroys,
        consumes=tuple(sorted((wanted - known) | set(step.consumes))),
        settles=tuple(own),
    )
