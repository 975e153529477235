"""Random pairs of schemas: every plan is proved forward and backward, and converges."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from lockplane_core.engine.executor import Consent
from lockplane_core.testing.schemas import Vocabulary, schemas

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane

_WORDS = Vocabulary(
    types={
        "INTEGER": ("0", "1", "-5"),
        "TEXT": ("'x'", "'it''s'"),
        "varchar(20)": ("'y'",),
        "REAL": ("1.5",),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=schemas(_WORDS), after=schemas(_WORDS))
def test_any_schema_leads_to_any_other(lockplane: Lockplane, before: str, after: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "a.lp.sql", Path(folder) / "b.lp.sql"
        first.write_text(before, encoding="utf-8")
        second.write_text(after, encoding="utf-8")
        url = str(Path(folder) / "app.db")
        for schema in (first, second, first):
            plan = lockplane.plan(url, str(schema)).plan
            consent = Consent(allow_data_loss=True)
            assert lockplane.apply(url, plan, consent=consent).success
            assert lockplane.plan(url, str(schema)).plan.steps == ()
