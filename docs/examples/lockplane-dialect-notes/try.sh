mkdir cupboard
printf 'new shopping "milk"\nnew ideas "write a dialect"\n' > schema.lp.sql
lockplane plan --from notes:cupboard --to schema.lp.sql --validate --out plan.json
lockplane apply --db notes:cupboard --plan plan.json
cat cupboard/shopping.txt
lockplane diff notes:cupboard schema.lp.sql
lockplane introspect --db notes:cupboard
lockplane rollback --db notes:cupboard --plan plan.json --execute --auto-approve
