"""Profiles: what platforms and extensions see to by themselves in a PostgreSQL database.

What an extension owns is left alone in any case; a profile is about what is made for it beside
that. Where the facts come from:

* supabase: the schemas that its CLI leaves out of dumps (github.com/supabase/cli,
  pkg/migration/dump.go, `InternalSchemas`); event triggers, publications, extensions and default
  privileges as dumps of new projects show them (github.com/supabase/postgres, migrations/).
* postgis: the manual, chapters 2.2 and 9 (postgis.net/docs): `tiger`, `tiger_data` and `topology`
  hold data that is loaded later and that no extension owns; without extensions its tables are
  in `public`. Each topology that `CreateTopology` makes is a schema under a name of its own.
* pg_partman: doc/pg_partman.md (github.com/pgpartman/pg_partman): templates are
  `template_SCHEMA_TABLE` in its schema, children `TABLE_pYYYYMMDD…` or `TABLE_pNUMBER`, of version
  4 also `TABLE_pYYYY…`, and the default is `TABLE_default`.
* timescaledb: github.com/timescale/timescaledb, src/ts_catalog/catalog.h (its schemas); chunks and
  what is compressed are tables of `_timescaledb_internal`, each with triggers and indexes.
* pg_cron: its readme (github.com/citusdata/pg_cron): all in `cron`.
* hasura: hasura.io/docs, "Metadata catalogue": `hdb_catalog`; its event triggers are triggers
  `notify_hasura_…` on the tables of users.

The extensions themselves are left out where tables can do without them: few servers have them,
and pg_cron can be made in one database of a server only, which no scratch is. What does need
one (a column of a PostGIS type) is declared with it.
"""

from __future__ import annotations

from lockplane_core.spi.profile import Profile

_POSTGRES = "postgres"

SUPABASE = Profile(
    name="supabase",
    dialect=_POSTGRES,
    title="Supabase",
    signs=("schema:auth", "schema:storage", "schema:realtime"),
    exclude=(
        "_analytics",
        "_realtime",
        "_supavisor",
        "auth",
        "cron",
        "dbdev",
        "etl",
        "extensions",
        "graphql",
        "graphql_public",
        "net",
        "pgbouncer",
        "pgmq",
        "pgsodium",
        "pgsodium_masks",
        "pgtle",
        "realtime",
        "repack",
        "storage",
        "supabase_functions",
        "supabase_migrations",
        "vault",
        "event_trigger:issue_graphql_placeholder",
        "event_trigger:issue_pg_cron_access",
        "event_trigger:issue_pg_graphql_access",
        "event_trigger:issue_pg_net_access",
        "event_trigger:graphql_watch_*",
        "event_trigger:pgrst_*_watch",
        "publication:supabase_realtime",
        "publication:supabase_realtime_messages_publication*",
        "extension:pg_graphql",
        "extension:pg_net",
        "extension:pg_stat_statements",
        "extension:pgcrypto",
        "extension:pgjwt",
        "extension:pgsodium",
        "extension:supabase_vault",
        "extension:uuid-ossp",
        "default_privilege:supabase_*",
        "default_privilege:postgres.public.*",
        "unmodelled:default acl for role supabase_*",
        "unmodelled:default acl for role postgres in schema public on *",
    ),
)

POSTGIS = Profile(
    name="postgis",
    dialect=_POSTGRES,
    title="PostGIS",
    signs=("extension:postgis*",),
    exclude=(
        "tiger",
        "tiger_data",
        "topology",
        "table:*.spatial_ref_sys",
        "view:*.geography_columns",
        "view:*.geometry_columns",
        "view:*.raster_columns",
        "view:*.raster_overviews",
    ),
)

PG_PARTMAN = Profile(
    name="pg_partman",
    dialect=_POSTGRES,
    title="pg_partman",
    signs=("extension:pg_partman",),
    exclude=("partman", "extension:pg_partman", "partition:*_p[0-9]*", "partition:*_default"),
)

TIMESCALEDB = Profile(
    name="timescaledb",
    dialect=_POSTGRES,
    title="TimescaleDB",
    signs=("extension:timescaledb",),
    exclude=(
        "_timescaledb_*",
        "timescaledb_*",
        "toolkit_experimental",
        "extension:timescaledb*",
        "trigger:*.ts_insert_blocker",
        "trigger:*.ts_cagg_invalidation_trigger",
    ),
)

PG_CRON = Profile(
    name="pg_cron",
    dialect=_POSTGRES,
    title="pg_cron",
    signs=("extension:pg_cron",),
    exclude=("cron", "extension:pg_cron"),
)

HASURA = Profile(
    name="hasura",
    dialect=_POSTGRES,
    title="Hasura",
    signs=("schema:hdb_catalog",),
    exclude=("hdb_catalog", "hdb_views", "trigger:*.notify_hasura_*"),
)

PROFILES = (SUPABASE, POSTGIS, PG_PARTMAN, TIMESCALEDB, PG_CRON, HASURA)
