"""A bench starts a shadow when it is wanted, and one that fits."""

from __future__ import annotations

from contextlib import suppress

import pytest

from lockplane_core.engine.bench import Bench
from lockplane_core.errors import Refused, ScratchError
from lockplane_core.model.plan import Plan
from lockplane_core.model.scope import Scope
from lockplane_core.spi.shadow import ScratchRequest, Shadow
from lockplane_core.testing.fakes import FakeDialect, FakeServer, fake_catalog, fake_registry


class Asked(FakeDialect):
    """Remembers what it was asked for."""

    def __init__(self, server: FakeServer) -> None:
        super().__init__(server)
        self.requests: list[ScratchRequest] = []

    def shadow(self, request: ScratchRequest) -> Shadow:
        self.requests.append(request)
        return super().shadow(request)


@pytest.fixture
def dialect(server: FakeServer) -> Asked:
    """A dialect that remembers."""
    return Asked(server)


@pytest.fixture
def bench(server: FakeServer, dialect: Asked) -> Bench:
    """A bench for it."""
    settings = {"colour": "red"}
    return Bench(
        fake_registry(server),
        dialect,
        scope=Scope(exclude=("tmp",)),
        target_url="fake:main",
        settings=settings,
    )


def test_the_shadow_is_started_with_the_first_scratch_and_only_once(
    bench: Bench, server: FakeServer
) -> None:
    assert server.shadows == 0
    for _ in range(2):
        with bench.scratch():
            assert server.shadows == 1
    bench.close()
    bench.close()
    assert server.shadows == 0


def test_a_shadow_is_asked_for_with_all_that_is_known(
    bench: Bench, server: FakeServer, dialect: Asked
) -> None:
    server.create("main", version="1.7")
    with bench.session("fake:main", "read"):
        bench.want(["geo", "trees"])
    assert bench.shadow.judge
    assert dialect.requests == [
        ScratchRequest(
            target_url="fake:main",
            version="1.7",
            extensions=("geo", "trees"),
            settings={"colour": "red"},
        )
    ]


def test_what_is_wanted_later_gets_another_shadow(
    bench: Bench, server: FakeServer, dialect: Asked
) -> None:
    bench.want(["geo"])
    assert bench.shadow.judge
    bench.want(["geo"])
    assert bench.shadow.judge
    bench.want(["trees"])
    assert bench.shadow.judge
    assert [request.extensions for request in dialect.requests] == [("geo",), ("geo", "trees")]
    assert server.shadows == 1


def test_a_plan_is_judged_by_the_version_that_it_was_made_with(
    bench: Bench, dialect: Asked
) -> None:
    assert bench.shadow.judge
    bench.speak_like(Plan(dialect="fake", steps=(), version="1.0"))
    assert bench.shadow.judge
    bench.speak_like(Plan(dialect="fake", steps=(), version="1.0"))
    assert bench.shadow.judge
    assert [request.version for request in dialect.requests] == ["", "1.0"]


def test_a_shadow_that_can_not_be_had_is_not_replaced_by_another(server: FakeServer) -> None:
    registry = fake_registry(server)
    bench = Bench(registry, FakeDialect(server), scope=Scope(), shadow_url="other:x")
    with pytest.raises(ScratchError, match="other:x is no address"), bench.scratch():
        pass


def test_a_session_is_closed_also_when_something_fails(bench: Bench, server: FakeServer) -> None:
    server.create("main")
    with (
        suppress(ZeroDivisionError),
        bench.session("fake:main", "apply") as session,
        session.transaction(),
    ):
        session.execute("create shelf a")
        raise ZeroDivisionError
    assert server.databases["main"].writer is None


def test_what_is_managed_is_in_scope_and_our_own(bench: Bench) -> None:
    catalog = fake_catalog(
        "create shelf a\ncreate box a.k text\ncreate shelf tmp\ncreate box tmp.k text\n"
        "install shelf geo\ncreate box geo.k text"
    )
    found = [str(node.ref) for node in bench.managed(catalog, bench.scope)]
    assert found == ["box a.k", "shelf a"]


class Beside(FakeDialect):
    """Makes scratches on the server of the target."""

    def shadow(self, request: ScratchRequest) -> Shadow:
        found = super().shadow(request)
        found.beside_target = True
        return found


def test_the_own_server_of_a_protected_target_takes_no_scratch(server: FakeServer) -> None:
    bench = Bench(fake_registry(server), Beside(server), scope=Scope(), protected=True)
    with pytest.raises(Refused) as caught:
        bench.scratch()
    assert "the environment is protected" in caught.value.message
    assert "Name another server with --shadow-db" in caught.value.hint
    assert server.shadows == 0


def test_the_own_server_of_another_target_takes_scratches(server: FakeServer) -> None:
    bench = Bench(fake_registry(server), Beside(server), scope=Scope())
    assert bench.shadow.beside_target
    bench.close()
