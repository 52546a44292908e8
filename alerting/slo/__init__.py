"""Service level objectives: one small file each, made into recording rules; `alerting/rules/slo.yml` alerts."""
