"""What every dialect has before it overrides anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.plan import Plan, Segment
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Document, Parsed
from lockplane_core.spi.dialect import Dialect, Purpose
from lockplane_core.testing.fakes import FakeServer, fake_catalog

if TYPE_CHECKING:
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import ScratchRequest, Shadow


class Plain(Dialect):
    """A dialect with nothing of its own."""

    name, title = "plain", "Plain"

    def claims(self, url: str) -> bool:
        return False

    def connect(self, url: str, purpose: Purpose) -> Session:
        server = FakeServer()
        server.create("main", "create shelf a")
        return server.connect("main", writes=True)

    def parse(self, document: Document) -> Parsed:
        return Parsed(())

    def shadow(self, request: ScratchRequest) -> Shadow:
        raise AssertionError("not asked for")


class Undoing(Plain):
    """The same with transactions."""

    capabilities = frozenset({"transactional_ddl"})


PLAIN = Plain()
INSIDE, OUTSIDE = Segment((), "inside"), Segment((), "outside")


def test_a_product_without_the_feature_needs_no_method() -> None:
    session, document = PLAIN.connect("x", "apply"), Document("a", "text")
    (ref,) = [node.ref for node in fake_catalog()]
    assert PLAIN.translate(document) == (document, ())
    assert PLAIN.script(document) == PLAIN.parse(document)
    assert (PLAIN.fold("A"), PLAIN.canonical("A"), PLAIN.redact("A")) == ("A", "A", "A")
    assert (PLAIN.namespace(ref), PLAIN.count_rows(session, ref)) == ("", 0)
    assert not PLAIN.seed(session, fake_catalog(), ref)
    assert not PLAIN.retryable(ValueError())
    assert not PLAIN.is_baseline(fake_catalog()[ref])
    assert not [*PLAIN.extensions(()), *PLAIN.foreign_risks("x"), *PLAIN.diagnose(session)]
    assert not PLAIN.identities(session)
    assert PLAIN.token_end("text", 1) == 1
    assert not PLAIN.script_opening([INSIDE, OUTSIDE])
    PLAIN.preflight(session, Plan(dialect="", steps=()))


@pytest.mark.parametrize(
    ("name", "quoted"), [("a", '"a"'), ('a"b', '"a""b"'), ("A b", '"A b"'), ("", '""')]
)
def test_names_are_quoted_as_the_standard_says(name: str, quoted: str) -> None:
    assert PLAIN.quote(name) == quoted


def test_versions_speak_alike_only_if_they_are_equal() -> None:
    assert PLAIN.same_speech("1", "1")
    assert not PLAIN.same_speech("1", "2")


@pytest.mark.parametrize(("segment", "is_open"), [(INSIDE, True), (OUTSIDE, False)])
def test_a_segment_is_a_transaction_unless_it_may_not_be_in_one(
    segment: Segment, *, is_open: bool
) -> None:
    session = PLAIN.connect("x", "apply")
    with PLAIN.segment(session, segment):
        assert (session.open is not None) == is_open  # type: ignore[attr-defined]  # a fake one


@pytest.mark.parametrize(
    ("dialect", "segment", "frame"),
    [
        (Undoing(), INSIDE, (("BEGIN",), ("COMMIT",))),
        (Undoing(), OUTSIDE, ((), ())),
        (PLAIN, INSIDE, ((), ())),
    ],
)
def test_a_script_opens_a_transaction_where_it_takes_things_back(
    dialect: Dialect, segment: Segment, frame: object
) -> None:
    assert dialect.frame(segment) == frame


def test_what_the_kinds_find_is_the_catalog() -> None:
    from lockplane_core.testing.fakes import fake_kinds

    session = PLAIN.connect("x", "read")
    found = PLAIN.introspect(session, list(fake_kinds().values()))
    assert (found.dialect, found.version) == ("plain", "2.0")
    assert Ref("fake.shelf", ("a",)) in found
