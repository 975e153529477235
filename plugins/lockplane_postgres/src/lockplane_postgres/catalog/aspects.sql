-- Facts about modelled objects that no kind models: label, catalog, oid, number of the column.
WITH n AS (
  SELECT n.oid FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),
c AS (
  SELECT c.* FROM pg_class c
  WHERE c.relnamespace IN (SELECT oid FROM n) AND c.relpersistence <> 't'
),
granted AS (
  SELECT 'pg_class' AS catalog, c.oid, 0 AS sub, c.relacl AS acl,
         acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner) AS usual
  FROM c WHERE c.relacl IS NOT NULL
  UNION ALL
  SELECT 'pg_class', a.attrelid, a.attnum, a.attacl, '{}'
  FROM pg_attribute a JOIN c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL
  UNION ALL
  SELECT 'pg_proc', p.oid, 0, p.proacl, acldefault('f', p.proowner)
  FROM pg_proc p WHERE p.proacl IS NOT NULL AND p.pronamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_type', y.oid, 0, y.typacl, acldefault('T', y.typowner)
  FROM pg_type y WHERE y.typacl IS NOT NULL AND y.typnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_namespace', s.oid, 0, s.nspacl,
         coalesce((SELECT i.initprivs FROM pg_init_privs i
                   WHERE i.classoid = 'pg_namespace'::regclass AND i.objoid = s.oid),
                  acldefault('n', s.nspowner))
  FROM pg_namespace s JOIN n ON n.oid = s.oid WHERE s.nspacl IS NOT NULL
)
SELECT 'grant' AS label, g.catalog, g.oid, g.sub
FROM granted g
WHERE ARRAY(SELECT i::text FROM unnest(g.acl) i ORDER BY 1)
   <> ARRAY(SELECT i::text FROM unnest(g.usual) i ORDER BY 1)
UNION ALL
SELECT 'row level security', 'pg_class', c.oid, 0 FROM c WHERE c.relrowsecurity
UNION ALL
SELECT 'forced row level security', 'pg_class', c.oid, 0 FROM c WHERE c.relforcerowsecurity
UNION ALL
SELECT 'replica identity', 'pg_class', c.oid, 0 FROM c
WHERE c.relkind = 'r' AND c.relreplident <> 'd'
UNION ALL
SELECT 'tablespace', 'pg_class', c.oid, 0 FROM c WHERE c.reltablespace <> 0
UNION ALL
SELECT 'clustered index', 'pg_class', i.indexrelid, 0
FROM pg_index i JOIN c ON c.oid = i.indexrelid WHERE i.indisclustered
UNION ALL
SELECT 'storage setting', 'pg_class', a.attrelid, a.attnum
FROM pg_attribute a JOIN c ON c.oid = a.attrelid JOIN pg_type y ON y.oid = a.atttypid
WHERE c.relkind = 'r' AND a.attnum > 0 AND a.attstorage <> y.typstorage
UNION ALL
SELECT 'statistics target', 'pg_class', a.attrelid, a.attnum
FROM pg_attribute a JOIN c ON c.oid = a.attrelid
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(a.attstattarget, -1) >= 0
UNION ALL
SELECT 'statistics target', 'pg_class', a.attrelid, 0
FROM pg_attribute a JOIN c ON c.oid = a.attrelid
WHERE c.relkind = 'i' AND coalesce(a.attstattarget, -1) >= 0
UNION ALL
SELECT 'column option', 'pg_class', a.attrelid, a.attnum
FROM pg_attribute a JOIN c ON c.oid = a.attrelid
WHERE c.relkind = 'r' AND a.attnum > 0 AND a.attoptions IS NOT NULL
UNION ALL
SELECT 'disabled foreign key', 'pg_constraint', g.tgconstraint, 0
FROM pg_trigger g JOIN c ON c.oid = g.tgrelid
WHERE g.tgisinternal AND g.tgenabled <> 'O' AND g.tgconstraint <> 0
GROUP BY g.tgconstraint
UNION ALL
SELECT 'security label', l.classoid::regclass::text, l.objoid, l.objsubid FROM pg_seclabel l
