"""SHOW GLOBAL VARIABLES: those that are numbers, and what the server is."""

import hashlib
import re
from collections.abc import Iterator

from exporter.exposition.text import Sample
from integrations.mysql.protocol import Answer
from integrations.mysql.status import family
from integrations.mysql.values import label_of, name_of, value_of

VARIABLES = "SHOW GLOBAL VARIABLES"
VERSION_TEXTS = ("innodb_version", "version", "version_comment")
VERSION = family("version_info", "gauge", "version and distribution", VERSION_TEXTS)
GALERA = family("galera_variables_info", "gauge", "Galera's cluster", ("wsrep_cluster_name",))
GALERA_CACHE = family("galera_gcache_size_bytes", "gauge", "gcache.size of wsrep_provider_options")
ISOLATION = family("transaction_isolation", "gauge", "the isolation of transactions", ("level",))
CACHE = re.compile(r"gcache\.size = (\d{1,15})([MG]?);")
FACTORS = {"": 1, "M": 1 << 20, "G": 1 << 30}


def fingerprint(answer: Answer) -> bytes:
    """Return what differs when any setting does, at a fraction of the memory."""
    return hashlib.sha256(b"\0".join(text or b"" for row in answer.rows for text in row)).digest()


def read_variables(answer: Answer) -> Iterator[Sample]:
    """Yield the settings of the server."""
    texts: dict[str, str] = {}
    for raw_name, text, *_ in answer.rows:
        name = name_of(raw_name)
        value = value_of(text)
        if value is not None:
            yield Sample(family(f"global_variables_{name}", "gauge", f"{name} of {VARIABLES}"), value)
        else:
            texts[name] = label_of(text)
    yield Sample(VERSION, 1, tuple(texts.get(name, "") for name in VERSION_TEXTS))
    if texts.get("wsrep_cluster_name"):
        yield Sample(GALERA, 1, (texts["wsrep_cluster_name"],))
    if options := texts.get("wsrep_provider_options"):
        match = CACHE.search(options)
        yield Sample(GALERA_CACHE, int(match[1]) * FACTORS[match[2]] if match else 0)
    if level := texts.get("transaction_isolation") or texts.get("tx_isolation"):
        yield Sample(ISOLATION, 1, (level,))
