from __future__ import annotations

import pytest
from lockplane_notes.session import NotesSession

from lockplane_core.errors import StatementFailed


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ('new a "once more"', "note a is already there"),
        ("drop b", "note b is not there"),
        ("new b text", 'expected new NAME "TEXT"'),
        ("new b 3", 'expected new NAME "TEXT"'),
        ('new b "a"b"', 'expected new NAME "TEXT"'),
        ("draw b", "or drop NAME"),
    ],
)
def test_a_statement_that_makes_no_sense_is_refused(tmp_path, statement, said):
    session = NotesSession(tmp_path)
    session.execute('new a "once"')
    with pytest.raises(StatementFailed, match=said):
        session.execute(statement)
    assert session.query("notes") == [("a", "once")]
