"""node_exporter's `web.config.file`: TLS, client certificates, basic authentication, headers and a rate limit."""
