-- Who owns what, and who may do what with it; a row for each privilege, one without privilege
-- where there is none: catalog, oid, column, sort (as pg_default_acl knows it, empty for what
-- has no default), owner, schema, whether the privileges are those that its sort has at first,
-- grantor, grantee (empty: PUBLIC), privilege, whether it may be granted on, name of the column.
WITH n AS (
  SELECT n.oid FROM pg_namespace n
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),
o AS (
  SELECT 'pg_class' AS catalog, c.oid, 0 AS sub, CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END AS sort,
         c.relowner AS owner, c.relnamespace AS schema, c.relacl AS acl, '' AS name
  FROM pg_class c
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't'
    AND c.relnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_class', a.attrelid, a.attnum, '', c.relowner, c.relnamespace, a.attacl, a.attname
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_proc', p.oid, 0, 'f', p.proowner, p.pronamespace, p.proacl, ''
  FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_type', y.oid, 0, 'T', y.typowner, y.typnamespace, y.typacl, ''
  FROM pg_type y LEFT JOIN pg_class r ON r.oid = y.typrelid
  WHERE y.typnamespace IN (SELECT oid FROM n) AND y.typcategory <> 'A'
    AND (y.typtype <> 'c' OR r.relkind = 'c')
  UNION ALL
  SELECT 'pg_namespace', s.oid, 0, 'n', s.nspowner, 0, s.nspacl, ''
  FROM pg_namespace s JOIN n ON n.oid = s.oid
  UNION ALL
  SELECT 'pg_collation', l.oid, 0, '', l.collowner, l.collnamespace, NULL, ''
  FROM pg_collation l WHERE l.collnamespace IN (SELECT oid FROM n)
  -- rights_rare.sql
)
SELECT o.catalog, o.oid, o.sub, o.sort, pg_get_userbyid(o.owner), o.schema, o.acl IS NULL,
       pg_get_userbyid(a.grantor), CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
       a.privilege_type, a.is_grantable, o.name
FROM o LEFT JOIN LATERAL aclexplode(o.acl) a ON true
ORDER BY 1, 2, 3, 8, 9, 10, 11
