"""The colours of all boards, by what they mean, in Grafana's palette names, which follow its light and dark themes."""

OK, WARNING, CRITICAL, NEUTRAL, UNKNOWN = "green", "orange", "red", "blue", "purple"
