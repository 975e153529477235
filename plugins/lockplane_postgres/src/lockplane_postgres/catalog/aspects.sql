-- Facts about modelled objects that no kind models: label, catalog, oid, number of the column.
WITH n AS (
  SELECT n.oid FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),
c AS (
  SELECT c.* FROM pg_class c
  WHERE c.relnamespace IN (SELECT oid FROM n) AND c.relpersistence <> 't'
)
SELECT 'replica identity', 'pg_class', c.oid, 0 FROM c
WHERE c.relkind = 'm' AND c.relreplident <> 'd'
UNION ALL
SELECT 'clustered index', 'pg_class', i.indexrelid, 0
FROM pg_index i JOIN c ON c.oid = i.indexrelid WHERE i.indisclustered
UNION ALL
SELECT 'statistics target', 'pg_class', a.attrelid, 0
FROM pg_attribute a JOIN c ON c.oid = a.attrelid
WHERE c.relkind = 'i' AND coalesce(a.attstattarget, -1) >= 0
UNION ALL
SELECT 'invalid key', 'pg_constraint', k.oid, 0
FROM pg_constraint k JOIN c ON c.oid = k.conrelid JOIN pg_index i ON i.indexrelid = k.conindid
WHERE c.relkind = 'p' AND k.contype = 'x' AND NOT i.indisvalid
UNION ALL
SELECT 'disabled foreign key', 'pg_constraint', g.tgconstraint, 0
FROM pg_trigger g JOIN c ON c.oid = g.tgrelid
WHERE g.tgisinternal AND g.tgenabled <> 'O' AND g.tgconstraint <> 0
GROUP BY g.tgconstraint
UNION ALL
SELECT 'security label of provider ' || l.provider, l.classoid::regclass::text, l.objoid, l.objsubid
FROM pg_seclabel l
UNION ALL
SELECT 'security label of provider ' || l.provider, 'pg_database', l.objoid, 0
FROM pg_shseclabel l JOIN pg_database d ON d.oid = l.objoid
WHERE l.classoid = 'pg_database'::regclass AND d.datname = current_database()
UNION ALL
SELECT 'dependence on an extension', d.classid::regclass::text, d.objid, 0 FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
