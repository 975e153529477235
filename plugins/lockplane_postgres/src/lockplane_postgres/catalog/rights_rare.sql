  -- Of what few databases have: read only where there is any of it.
  UNION ALL
  SELECT 'pg_operator', o.oid, 0, '', o.oprowner, o.oprnamespace, NULL, ''
  FROM pg_operator o WHERE o.oprnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_opfamily', f.oid, 0, '', f.opfowner, f.opfnamespace, NULL, ''
  FROM pg_opfamily f WHERE f.opfnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_opclass', k.oid, 0, '', k.opcowner, k.opcnamespace, NULL, ''
  FROM pg_opclass k WHERE k.opcnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_conversion', v.oid, 0, '', v.conowner, v.connamespace, NULL, ''
  FROM pg_conversion v WHERE v.connamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_ts_config', g.oid, 0, '', g.cfgowner, g.cfgnamespace, NULL, ''
  FROM pg_ts_config g WHERE g.cfgnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_ts_dict', d.oid, 0, '', d.dictowner, d.dictnamespace, NULL, ''
  FROM pg_ts_dict d WHERE d.dictnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_statistic_ext', x.oid, 0, '', x.stxowner, x.stxnamespace, NULL, ''
  FROM pg_statistic_ext x WHERE x.stxnamespace IN (SELECT oid FROM n)
  UNION ALL
  SELECT 'pg_event_trigger', e.oid, 0, '', e.evtowner, 0, NULL, '' FROM pg_event_trigger e
  UNION ALL
  SELECT 'pg_publication', b.oid, 0, '', b.pubowner, 0, NULL, '' FROM pg_publication b
  UNION ALL
  SELECT 'pg_language', l.oid, 0, 'l', l.lanowner, 0, l.lanacl, '' FROM pg_language l
  WHERE l.oid >= 16384
  UNION ALL
  SELECT 'pg_foreign_data_wrapper', w.oid, 0, 'F', w.fdwowner, 0, w.fdwacl, ''
  FROM pg_foreign_data_wrapper w
  UNION ALL
  SELECT 'pg_foreign_server', h.oid, 0, 'V', h.srvowner, 0, h.srvacl, ''
  FROM pg_foreign_server h
  UNION ALL
  SELECT 'pg_subscription', i.oid, 0, '', i.subowner, 0, NULL, '' FROM pg_subscription i
