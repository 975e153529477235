from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_MIXED = "CREATE COLLATION mine (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');"


def test_another_one_takes_the_place_of_the_old(plan: Callable[[str, str], Plan]) -> None:
    dropped, created = plan('CREATE COLLATION mine FROM "C";', _MIXED).steps

    assert dropped.sql == ("DROP COLLATION public.mine",)
    assert dropped.effects == ("breaking",)
    assert created.sql == (
        "CREATE COLLATION public.mine (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX')",
    )


def test_schema_json_says_one_locale_where_there_is_but_one(tree: Callable[[str], Any]) -> None:
    found = tree(_MIXED + 'CREATE COLLATION plain FROM "POSIX";')

    assert found["collations"] == [
        {"name": "mine", "provider": "libc", "lc_collate": "C", "lc_ctype": "POSIX"},
        {"name": "plain", "provider": "libc", "locale": "POSIX"},
    ]
