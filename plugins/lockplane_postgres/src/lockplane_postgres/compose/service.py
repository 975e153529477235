"""Services: which of them is the PostgreSQL server, what it says, and a shadow beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.compose import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_postgres.compose.nodes import Node

FIRST_PORT = 5433
INSIDE = "5432"
_IMAGES = ("postgres", "postgis", "pgvector", "timescale")
_SCORES = {"POSTGRES_DB": 3, "POSTGRES_USER": 1, "POSTGRES_PASSWORD": 1}
_IMAGE_SCORE = 2
_CLONED = ("image", "build", "platform", "env_file", "secrets", "healthcheck")
"""What makes the shadow the same server. Not its volumes: those are the database itself."""
_VARIABLE = re.compile(r"\$\{\w+:?-([^}]*)\}")


class Published(msgspec.Struct, frozen=True):
    """A port of the machine that is a service's, and the one inside that it leads to."""

    address: str
    ports: range
    inside: str


def primary(services: Mapping[str, Node]) -> str:
    """The service that is most likely the PostgreSQL server; empty if none is.

    A service whose image says so goes before one that only has the variables: those may be an
    application's, which reaches the server with them.
    """
    scores = {name: score(service) for name, service in services.items()}
    likely = [name for name, found in scores.items() if found[1] > 0]
    return max(likely, key=lambda name: scores[name], default="")


def score(service: Node) -> tuple[bool, int]:
    """Whether the image is PostgreSQL's, and how much the service looks like its server."""
    image = nodes.text_of(nodes.entries(service).get("image")).lower()
    is_postgres = any(word in image for word in _IMAGES)
    said = environment(service)
    if not is_postgres and "POSTGRES_HOST" in said:
        return False, 0
    return is_postgres, _IMAGE_SCORE * is_postgres + sum(
        points for name, points in _SCORES.items() if name in said
    )


def environment(service: Node) -> dict[str, str]:
    """The variables of a service, in whichever style; one without a value is the caller's own."""
    node = nodes.entries(service).get("environment")
    if isinstance(node, nodes.SequenceNode):
        pairs = (nodes.text_of(item).partition("=") for item in node.value)
        return {name: value if equals else f"${{{name}}}" for name, equals, value in pairs}
    found = nodes.entries(node)
    return {name: nodes.text_of(value) or f"${{{name}}}" for name, value in found.items()}


def database(service: Node) -> str:
    """The database that the server makes; without a name it is called like its user."""
    said = environment(service)
    return said.get("POSTGRES_DB") or said.get("POSTGRES_USER") or "postgres"


def shadow(service: Node, port: int) -> nodes.MappingNode:
    """The service `shadow`: the same server with a database and a port of its own."""
    said = nodes.entries(service)
    own = {
        "environment": _with_database(said.get("environment"), f"{database(service)}_shadow"),
        "ports": nodes.sequence([nodes.scalar(_mapped(service, port), style='"')]),
    }
    cloned = {name: nodes.flat(said[name]) for name in _CLONED if name in said}
    order = [name for name in (*said, *own) if name in cloned or name in own]
    return nodes.mapping([(n, own.get(n) or cloned[n]) for n in dict.fromkeys(order)])


def free_port(services: Iterable[Node]) -> int:
    """The first port from 5433 that no service publishes."""
    taken = [published.ports for service in services for published in ports(service)]
    port = FIRST_PORT
    while any(port in used for used in taken):
        port += 1
    return port


def ports(service: Node) -> Iterator[Published]:
    """The ports of the machine that a service has, from the short form and the long one."""
    node = nodes.entries(service).get("ports")
    for item in node.value if isinstance(node, nodes.SequenceNode) else ():
        if isinstance(item, nodes.MappingNode):
            said = {key: nodes.text_of(value) for key, value in nodes.entries(item).items()}
            outside = said.get("published", "")
            found = (said.get("host_ip", ""), outside, said.get("target", ""))
        else:
            found = _short(_resolved(nodes.text_of(item)))
        numbers = _range(_resolved(found[1]))
        if numbers:
            yield Published(found[0], numbers, found[2])


def _short(text: str) -> tuple[str, str, str]:
    """`[address:]outside:inside[/protocol]` in its parts."""
    before, _, inside = text.partition("/")[0].rpartition(":")
    address, _, outside = before.rpartition(":")
    return address, outside, inside


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return range(0)
    return range(int(first), int(last or first) + 1)


def _resolved(text: str) -> str:
    """The text with the defaults of its variables: `${PORT:-5432}` is 5432 unless told else."""
    return _VARIABLE.sub(r"\1", text)


def _mapped(service: Node, port: int) -> str:
    """The port as it is published, on the address that the server itself is published on."""
    inside = environment(service).get("PGPORT") or INSIDE
    addresses = [found.address for found in ports(service) if found.inside == inside]
    address = addresses[0] if addresses else ""
    return ":".join(filter(None, (address, str(port), inside)))


def _with_database(node: Node | None, name: str) -> Node:
    """The variables in their own style, with another database."""
    if isinstance(node, nodes.SequenceNode):
        copy = nodes.flat(node)
        kept = [i for i in copy.value if nodes.text_of(i).partition("=")[0] != "POSTGRES_DB"]
        return nodes.sequence([*kept, nodes.scalar(f"POSTGRES_DB={name}")])
    pairs = {key: nodes.flat(value) for key, value in nodes.entries(node).items()}
    pairs["POSTGRES_DB"] = nodes.scalar(name)
    return nodes.mapping(list(pairs.items()))
