"""The ground: settings, errors, logs, the site folder, HTTP, PromQL. It imports nothing of the parts."""
