"""promtool and amtool, asked as programs."""
