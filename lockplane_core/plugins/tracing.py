"""Tracing: which hook calls go to which plugin, what they return and how long they take."""

from __future__ import annotations

import time
from collections.abc import Sized
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import pluggy

ASKED_BY = "LOCKPLANE_TRACE_PLUGINS"
"""The environment variable that asks for it."""


def trace(manager: pluggy.PluginManager, write: Callable[[str], object]) -> None:
    """Have `write` called with a line for each call of a hook of the registered plugins.

    A line is written when the call ends, so what a call led to stands, indented, before it.
    """
    tracer = _Tracer(write)
    for plugin in manager.get_plugins():
        for caller in manager.get_hookcallers(plugin) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin:
                    # pluggy itself has monitoring, but of whole calls and not of each plugin.
                    impl.function = tracer.traced(impl)  # type: ignore[misc]  # Final for itself


class _Tracer:
    """The calls that are under way."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.depth = 0

    def traced(self, impl: pluggy.HookImpl) -> Callable[..., object]:
        """The function of an implementation, with a line written at the end of each call."""
        function: Callable[..., Any] = impl.function
        title = f"{function.__name__} -> {impl.plugin_name}"

        @wraps(function)
        def plain(*args: object) -> object:
            with _Call(self, title) as call:
                call.result = function(*args)
            return call.result

        @wraps(function)
        def wrapper(*args: object) -> Generator[object, object, object]:
            with _Call(self, f"{title} (wrapper)") as call:
                call.result = yield from function(*args)
            return call.result

        return wrapper if impl.wrapper or impl.hookwrapper else plain


class _Call:
    """One call, from its beginning to its end."""

    def __init__(self, tracer: _Tracer, title: str) -> None:
        self.tracer, self.title = tracer, title
        self.result: Any = None

    def __enter__(self) -> Self:
        self.tracer.depth += 1
        self.start = time.perf_counter()
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        milliseconds = (time.perf_counter() - self.start) * 1000
        self.tracer.depth -= 1
        came = f"raised {type(error).__name__}" if error else _described(self.result)
        indent = "  " * self.tracer.depth
        self.tracer.write(f"{indent}{self.title}: {milliseconds:.1f} ms, {came}")


def _described(result: object) -> str:
    """A result by its type, and how much there is of it."""
    name = type(result).__name__
    if result is None:
        return "None"
    return f"{name} of {len(result)}" if isinstance(result, Sized) else name
