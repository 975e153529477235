"""Which statements of a large schema can change without the rest being made again."""

from __future__ import annotations

import pytest

from lockplane_core.model.statement import Document
from lockplane_postgres.dialect import PostgresDialect

ALONE = (
    "CREATE TABLE t (a int)",
    "CREATE INDEX i ON t (a)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE SEQUENCE s",
    "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()",
    "CREATE POLICY p ON t",
    "COMMENT ON TABLE t IS 'x'",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1)",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
)
LOOKED_UP = (
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'",
    "CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)",
    "CREATE TYPE e AS ENUM ('a')",
    "CREATE DOMAIN d AS int",
    "CREATE OPERATOR + (FUNCTION = f, LEFTARG = int)",
    "CREATE CAST (int AS d) WITH FUNCTION f(int)",
    "CREATE EXTENSION citext",
    "CREATE SCHEMA s",
    "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
    "CREATE RULE r AS ON INSERT TO t DO NOTHING",
)


@pytest.mark.parametrize(
    ("sql", "wanted"), [*((sql, True) for sql in ALONE), *((sql, False) for sql in LOOKED_UP)]
)
def test_what_others_look_up_by_name_is_not_alone(sql: str, *, wanted: bool) -> None:
    dialect = PostgresDialect()
    (statement,) = dialect.parse(Document("s.lp.sql", f"{sql};")).statements
    assert dialect.is_alone(statement) is wanted
