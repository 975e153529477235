-- Every object of a user's that may be one no kind models: label (null: as the server calls
-- it), catalog, oid. What is noted by a kind, owned by an extension or inside of something
-- else is left out afterwards.
WITH n AS (
  SELECT n.oid FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT CASE
         WHEN c.relkind IN ('r', 'p') AND c.reloftype <> 0 THEN 'typed table'
         WHEN c.relkind = 'f' THEN 'foreign table'
       END AS label,
       'pg_class' AS catalog, c.oid
FROM pg_class c
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S') AND c.relpersistence <> 't'
  AND c.relnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT CASE y.typtype
         WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite type' WHEN 'r' THEN 'range type'
         WHEN 'e' THEN 'enum'
         ELSE CASE WHEN y.typinput = 'pg_catalog.array_in'::regproc THEN 'array' ELSE 'base type' END
       END, 'pg_type', y.oid
FROM pg_type y LEFT JOIN pg_class r ON r.oid = y.typrelid
WHERE y.typnamespace IN (SELECT oid FROM n) AND (y.typtype IN ('b', 'c', 'd', 'e', 'r') OR NOT y.typisdefined)
  AND (y.typtype <> 'c' OR r.relkind = 'c')
UNION ALL
SELECT CASE p.prokind
         WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window function'
         ELSE 'function'
       END, 'pg_proc', p.oid
FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM n)
UNION ALL
SELECT 'trigger', 'pg_trigger', g.oid FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
WHERE NOT g.tgisinternal AND c.relkind IN ('r', 'p', 'v', 'f') AND g.tgparentid = 0
  AND c.relnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT 'policy', 'pg_policy', p.oid FROM pg_policy p
UNION ALL
SELECT 'rule', 'pg_rewrite', r.oid FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE r.rulename <> '_RETURN' AND c.relnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_operator', o.oid FROM pg_operator o WHERE o.oprnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_opclass', o.oid FROM pg_opclass o WHERE o.opcnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_opfamily', o.oid FROM pg_opfamily o WHERE o.opfnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_amop', o.oid FROM pg_amop o WHERE o.oid >= 16384 AND o.amopfamily < 16384
UNION ALL
SELECT NULL, 'pg_amproc', o.oid FROM pg_amproc o WHERE o.oid >= 16384 AND o.amprocfamily < 16384
UNION ALL
SELECT NULL, 'pg_collation', o.oid FROM pg_collation o WHERE o.collnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_conversion', o.oid FROM pg_conversion o WHERE o.connamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_ts_config', o.oid FROM pg_ts_config o WHERE o.cfgnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_ts_dict', o.oid FROM pg_ts_dict o WHERE o.dictnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_ts_parser', o.oid FROM pg_ts_parser o WHERE o.prsnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_ts_template', o.oid FROM pg_ts_template o
WHERE o.tmplnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_statistic_ext', o.oid FROM pg_statistic_ext o
WHERE o.stxnamespace IN (SELECT oid FROM n)
UNION ALL
SELECT NULL, 'pg_cast', o.oid FROM pg_cast o WHERE o.oid >= 16384
UNION ALL
SELECT NULL, 'pg_transform', o.oid FROM pg_transform o WHERE o.oid >= 16384
UNION ALL
SELECT NULL, 'pg_am', o.oid FROM pg_am o WHERE o.oid >= 16384
UNION ALL
SELECT NULL, 'pg_language', o.oid FROM pg_language o WHERE o.oid >= 16384
UNION ALL
SELECT NULL, 'pg_event_trigger', o.oid FROM pg_event_trigger o
UNION ALL
SELECT NULL, 'pg_publication', o.oid FROM pg_publication o
UNION ALL
SELECT NULL, 'pg_publication_rel', o.oid FROM pg_publication_rel o
UNION ALL
SELECT NULL, 'pg_subscription', o.oid
FROM pg_subscription o JOIN pg_database d ON d.oid = o.subdbid
WHERE d.datname = current_database()
UNION ALL
SELECT NULL, 'pg_foreign_data_wrapper', o.oid FROM pg_foreign_data_wrapper o
UNION ALL
SELECT NULL, 'pg_foreign_server', o.oid FROM pg_foreign_server o
UNION ALL
SELECT NULL, 'pg_default_acl', o.oid FROM pg_default_acl o
UNION ALL
SELECT NULL, 'pg_tablespace', o.oid FROM pg_tablespace o WHERE o.oid >= 16384
UNION ALL
SELECT 'trigger state', 'pg_trigger', g.oid FROM pg_trigger g JOIN pg_trigger w ON w.oid = g.tgparentid
LEFT JOIN pg_constraint k ON k.oid = g.tgconstraint
WHERE g.tgenabled <> w.tgenabled AND coalesce(k.contype, 't') = 't'
