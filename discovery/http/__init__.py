"""The HTTP server: metrics, health, targets in http_sd's format and as a page."""
