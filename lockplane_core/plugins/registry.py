"""Registry: everything that installed plugins bring, by name."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pluggy

from lockplane_core.errors import LockplaneError, PluginError
from lockplane_core.nearest import meant
from lockplane_core.spi import hookspecs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.node import Role
    from lockplane_core.plugins.discovery import Found
    from lockplane_core.spi.check import Check
    from lockplane_core.spi.command import CommandSpec, Setting
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.format import FindingsFormat, PlanFormat
    from lockplane_core.spi.init_target import InitTarget
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.loader import Loader
    from lockplane_core.spi.profile import Profile

_T = TypeVar("_T")

KNOWN = {
    "postgres": "lockplane-postgres",
    "postgresql": "lockplane-postgres",
    "sqlite": "lockplane-sqlite",
    "file": "lockplane-sqlite",
}
"""Which package of ours brings the dialect for the scheme of an address."""

_TURSO = (
    "Servers of libSQL (Turso) are not reached: scratch and target have to speak the same SQLite. "
    "Plan from a dump instead (`turso db shell NAME .dump > now.sql`, then --from sql:now.sql "
    "--format sql), and run what that prints with `turso db shell NAME`."
)
_NOT_REACHED = {"libsql": _TURSO, "turso": _TURSO}


class Broken(msgspec.Struct, frozen=True):
    """A plugin that can not be used, and why."""

    name: str
    error: str


class Registry:
    """Plugins, and what they register; two owners of one name are a `PluginError` naming both.

    `builtins` are registered like any other plugin, before those that were `found`.
    """

    def __init__(self, found: Sequence[Found], builtins: Mapping[str, object]) -> None:
        self.found = tuple(found)
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self._broken: dict[str, str] = {f.name: f.error for f in found if f.error}
        for name, plugin in builtins.items():
            self.manager.register(plugin, name)
        for entry in found:
            if not entry.error:
                self._register(entry)

    def _register(self, entry: Found) -> None:
        if self.manager.has_plugin(entry.name):
            self._broken[entry.name] = "another plugin has this name already"
            return
        try:
            self.manager.register(entry.plugin, entry.name)
            self.manager.check_pending()
        except Exception as problem:  # noqa: BLE001 - a stranger's plugin may be anything
            self._broken[entry.name] = str(problem)
            if self.manager.has_plugin(entry.name):
                self.manager.unregister(name=entry.name)

    @property
    def broken(self) -> tuple[Broken, ...]:
        """Plugins that failed to import or to register, by name."""
        return tuple(Broken(name, error) for name, error in sorted(self._broken.items()))

    @cached_property
    def dialects(self) -> Mapping[str, Dialect]:
        """Dialects by name."""
        return self._keyed("lockplane_dialects", lambda dialect: dialect.name)

    def kinds(self, dialect: str) -> Mapping[str, Kind]:
        """Kinds of a dialect by tag, parents before children, then by weight."""
        return self._kinds(dialect)

    @cached_property
    def _kinds(self) -> Callable[[str], Mapping[str, Kind]]:
        return cache(self._sorted_kinds)

    def _sorted_kinds(self, dialect: str) -> Mapping[str, Kind]:
        self._keyed("lockplane_kinds", lambda kind: (kind.parent, kind.plural), dialect=dialect)
        found: Mapping[str, Kind] = self._keyed("lockplane_kinds", _tag, dialect=dialect)

        def depth(kind: Kind, below: tuple[str, ...] = ()) -> int:
            if kind.tag in below:
                raise PluginError(f"these kinds live below one another: {', '.join(below)}")
            above = [found[tag] for tag in (kind.parent, *kind.also_below) if tag in found]
            deepest = max((depth(one, (*below, kind.tag)) for one in above), default=-1)
            return 1 + deepest if above else bool(kind.parent)

        order = sorted(found.values(), key=lambda kind: (depth(kind), kind.weight, kind.tag))
        return {kind.tag: kind for kind in order}

    def roles(self, dialect: str) -> dict[str, Role]:
        """The role of each kind tag of a dialect."""
        return {tag: kind.role for tag, kind in self.kinds(dialect).items()}

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """Checks by id; their codes are unique as well."""
        self._keyed("lockplane_checks", lambda check: check.code)
        return self._keyed("lockplane_checks", lambda check: check.id)

    @cached_property
    def loaders(self) -> Mapping[str, Loader]:
        """Loaders by prefix."""
        return self._keyed("lockplane_loaders", lambda loader: loader.prefix)

    @cached_property
    def formats(self) -> Mapping[tuple[str, str], PlanFormat | FindingsFormat]:
        """Formats by what they write and their name."""
        return self._keyed("lockplane_formats", lambda form: (form.writes, form.name))

    @cached_property
    def commands(self) -> Mapping[str, CommandSpec]:
        """Commands by name."""
        return self._keyed("lockplane_commands", lambda command: command.name)

    @cached_property
    def init_targets(self) -> Mapping[str, InitTarget]:
        """Ways to a first database by name, in the order in which people are offered them."""
        found = self._keyed("lockplane_init_targets", lambda target: target.name)
        return dict(sorted(found.items(), key=lambda item: (item[1].weight, item[0])))

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Profiles by name."""
        return self._keyed("lockplane_profiles", lambda profile: profile.name)

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Keys of lockplane.toml as `table.key`."""
        return self._keyed("lockplane_settings", lambda s: f"{s.table}.{s.key}")

    def dialect(self, name: str) -> Dialect:
        """The dialect of that name. Raises `PluginError` that says which package brings it."""
        if name in self.dialects:
            return self.dialects[name]
        raise self.missing(name)

    def claiming(self, url: str) -> Dialect | None:
        """The dialect that claims an address, or None. Raises `PluginError` for more than one."""
        found = [dialect for dialect in self.dialects.values() if dialect.claims(url)]
        if len(found) > 1:
            names = " and ".join(dialect.name for dialect in found)
            raise PluginError(
                f"{names} both claim this address",
                hint="Write it with the scheme of one product, or uninstall one of them.",
            )
        return found[0] if found else None

    def missing(self, name: str) -> PluginError:
        """The error for a dialect that nobody brings."""
        broken = next((b for b in self.broken if b.name == name), None)
        if broken:
            return PluginError(f"the plugin for {name} can not be used: {broken.error}")
        package = KNOWN.get(name)
        have = ", ".join(sorted(self.dialects)) or "none"
        hint = meant(name, self.dialects)
        hint = f"Install it: python -m pip install {package}" if package else hint
        hint = _NOT_REACHED.get(name, hint)
        if self.broken and not (package or name in _NOT_REACHED):
            names = ", ".join(b.name for b in self.broken)
            hint = f"Not usable at present: {names}; `lockplane plugins` says why."
        return PluginError(f"no installed plugin handles {name} (installed: {have})", hint=hint)

    def owned(self, hook: str, **kwargs: Any) -> list[tuple[str, Any]]:
        """What a registration hook returns, each with the plugin that it came from."""
        return list(self._items(hook, kwargs))

    def _keyed(self, hook: str, key: Callable[[Any], Any], **kwargs: Any) -> dict[Any, Any]:
        """What all plugins return from a registration hook, by key, in the order of names."""
        result: dict[Any, Any] = {}
        owners: dict[Any, str] = {}
        for owner, item in self._items(hook, kwargs):
            try:
                name = key(item)
            except AttributeError as problem:
                self._broken[owner] = f"{hook}: {problem}"
                continue
            if name in result:
                raise PluginError(
                    f"{hook}: {_words(name)} is brought by both {owners[name]} and {owner}",
                    hint="Uninstall one of them.",
                )
            result[name], owners[name] = item, owner
        return result

    def _items(self, hook: str, kwargs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        caller = getattr(self.manager.hook, hook)
        for impl in sorted(caller.get_hookimpls(), key=lambda impl: impl.plugin_name):
            if impl.wrapper or impl.hookwrapper:
                self._broken[impl.plugin_name] = f"{hook} can not be wrapped, only added to"
                continue
            arguments = [kwargs[name] for name in impl.argnames]
            for item in self._guarded(impl.plugin_name, impl.function, arguments):
                yield impl.plugin_name, item

    def _guarded(
        self, name: str, function: Callable[..., Iterable[_T]], arguments: Sequence[object]
    ) -> list[_T]:
        try:
            return [_instance(item) for item in function(*arguments) or ()]
        except LockplaneError:
            raise
        except Exception as problem:  # noqa: BLE001 - a stranger's plugin may raise anything
            self._broken[name] = f"{type(problem).__name__}: {problem}"
            return []


def _tag(kind: Kind) -> str:
    return kind.tag


def _instance(item: _T) -> _T:
    if isinstance(item, type):
        raise TypeError(f"{item.__name__} is a class; an instance is wanted")
    return item


def _words(name: object) -> str:
    return " ".join(filter(None, name)) if isinstance(name, tuple) else repr(name)
