"""Types of the server's own, by the names that users write."""

from __future__ import annotations

SERIALS = {
    "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
    "smallserial": "smallint", "serial2": "smallint",
}  # fmt: skip
"""Not types, but short for a type and a sequence (manual, 8.1.4)."""

BUILT_IN = frozenset({
    "bool", "bytea", "char", "name", "int8", "int2", "int2vector", "int4", "regproc", "text",
    "oid", "tid", "xid", "cid", "oidvector", "json", "xml", "pg_node_tree", "point", "lseg",
    "path", "box", "polygon", "line", "float4", "float8", "unknown", "circle", "money", "macaddr",
    "inet", "cidr", "macaddr8", "aclitem", "bpchar", "varchar", "date", "time", "timestamp",
    "timestamptz", "interval", "timetz", "bit", "varbit", "numeric", "refcursor", "regprocedure",
    "regoper", "regoperator", "regclass", "regcollation", "regtype", "regrole", "regnamespace",
    "regdatabase", "uuid", "pg_lsn", "tsvector", "gtsvector", "tsquery", "regconfig",
    "regdictionary", "jsonb", "jsonpath", "txid_snapshot", "pg_snapshot", "int4range", "numrange",
    "tsrange", "tstzrange", "daterange", "int8range", "int4multirange", "nummultirange",
    "tsmultirange", "tstzmultirange", "datemultirange", "int8multirange", "record", "cstring",
    "any", "anyarray", "void", "trigger", "event_trigger", "language_handler", "internal",
    "anyelement", "anynonarray", "anyenum", "fdw_handler", "index_am_handler", "tsm_handler",
    "table_am_handler", "anyrange", "anymultirange", "anycompatible", "anycompatiblearray",
    "anycompatiblenonarray", "anycompatiblerange", "anycompatiblemultirange", "xid8",
    "pg_ddl_command",
}) | frozenset(SERIALS)  # fmt: skip
"""The types of pg_catalog, which is searched before any other schema."""
