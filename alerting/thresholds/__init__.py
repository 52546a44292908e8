"""Limits that some hosts have of their own: `thresholds.yml` of the site folder, rendered as recording rules."""
