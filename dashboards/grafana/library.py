"""What `client` takes of grafana-client and its HTTP library, which are slow to load: when a Grafana is opened."""

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, GrafanaTimeoutError
from niquests.exceptions import ChunkedEncodingError, ConnectionError, Timeout, TooManyRedirects  # noqa: A004

UNREACHABLE = (GrafanaTimeoutError, ConnectionError, Timeout, ChunkedEncodingError)  # SSLError is the second

__all__ = ["UNREACHABLE", "GrafanaApi", "GrafanaClientError", "GrafanaException", "TooManyRedirects"]
