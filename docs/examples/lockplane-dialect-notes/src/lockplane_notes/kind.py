"""The one sort of object that a folder of notes holds."""

from __future__ import annotations

import json

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.kind import Kind


class NoteBody(Body, frozen=True):
    text: str


class NoteKind(Kind):
    tag, plural, role, body = "notes.note", "notes", "other", NoteBody
    rebuildable = True  # another text: dropped, and made again

    def introspect(self, reader):
        for name, text in reader.session.query("notes"):
            yield Node(ref=Ref(self.tag, (name,)), body=NoteBody(text))

    def create(self, change, before, after):
        name, text = change.ref.name, json.dumps(change.new.body.text)
        step = Step(description=f"Write note {name}", sql=(f"new {name} {text}",))
        yield self.made(change, step)

    def drop(self, change, before, after):
        name = change.ref.name
        step = Step(description=f"Drop note {name}", sql=(f"drop {name}",))
        yield self.gone(change, before, step)
