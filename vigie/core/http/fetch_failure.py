"""Why a server could not be asked, in plain words: whether we asked, or Prometheus did and tells its error in Go's."""

import re
import socket
from typing import Literal, NamedTuple

import requests
from urllib3.exceptions import NameResolutionError

Kind = Literal[
    "refused",
    "timeout",
    "silent",
    "route",
    "closed",
    "name",
    "tls",
    "plain",
    "encrypted",
    "login",
    "forbidden",
    "missing",
    "server",
    "status",
    "samples",
    "labels",
    "targets",
    "size",
    "page",
    "answer",
]
CAUSES: dict[Kind, str] = {
    "refused": "{where} refuses connections: nothing listens there",
    "timeout": "{where} does not answer in time: a firewall swallows the connection, or the machine hangs or is off",
    "silent": "{where} takes the connection and then does not answer in time: the program there hangs",
    "route": "no network leads to {where}",
    "closed": "{where} ends the connection without an answer",
    "name": "the name in {where} can't be resolved",
    "tls": "{where} shows a certificate that is not accepted",
    "plain": "{where} is asked by https and speaks plain http",
    "encrypted": "{where} is asked by http and speaks https",
    "login": "{where} refuses the login (401): it wants a user and password, or a token, and got none or a wrong one",
    "forbidden": "{where} forbids it (403)",
    "missing": "{where} has no such page (404)",
    "server": "{where} answers with an error of its own",
    "status": "{where} answers with an unexpected status",
    "samples": "{where} tells more samples than Prometheus's sample_limit allows",
    "labels": "{where} tells series with more, or longer, labels than Prometheus's limits allow",
    "targets": "the scrape job of {where} has more targets than its target_limit, so that all of them fail",
    "size": "{where} answers with more bytes than are taken",
    "page": "the page of {where} is not in the text format",
    "answer": "{where} does not answer as expected",
}
REMEDIES: dict[Kind, str] = {
    "refused": "start the program there, or correct the port",
    "timeout": "open the way between the two machines for this port, and look whether the machine lives",
    "silent": "look at that program's log, and restart it",
    "route": "repair the network or the address",
    "closed": "look at that program's log; a proxy or a TLS setting in between is likely",
    "name": "correct the name or the DNS, or register an address instead of a name",
    "tls": "renew the certificate, or tell the asking side who vouches for it",
    "plain": "let both sides agree on http or https",
    "encrypted": "let both sides agree on http or https",
    "login": "give the asking side the user and password, or the token, that the other one expects",
    "forbidden": "give the login the right to read this",
    "missing": "correct the path",
    "server": "look at that program's log",
    "status": "look at that program's log",
    "samples": "find what tells so many series with `vigie usage`, or raise sample_limit",
    "labels": "find the label that grows without bound, or raise label_limit and its like",
    "targets": "raise target_limit, or find what registers so many",
    "size": "find what makes the page so large, or raise the limit",
    "page": "repair what writes the page; the error names the place",
    "answer": "look whether the address is that of the right program",
}
STATUSES: dict[int, Kind] = {401: "login", 403: "forbidden", 404: "missing"}
# Prometheus's `lastError` holds the words of Go's net, net/http and crypto/tls, and its own of scrape/scrape.go.
GO_WORDS: tuple[tuple[str, Kind], ...] = (
    ("connection refused", "refused"),
    ("no such host", "name"),
    ("server misbehaving", "name"),
    ("gave HTTP response to HTTPS client", "plain"),
    ("first record does not look like a TLS handshake", "plain"),
    ("malformed HTTP response", "encrypted"),
    ("sent to an HTTPS server", "encrypted"),
    ("x509:", "tls"),
    ("tls:", "tls"),
    ("context deadline exceeded", "timeout"),
    ("i/o timeout", "timeout"),
    ("Client.Timeout exceeded", "timeout"),
    ("no route to host", "route"),
    ("network is unreachable", "route"),
    ("connection reset", "closed"),
    (": EOF", "closed"),
    ("unexpected EOF", "closed"),
    ("sample limit exceeded", "samples"),
    ("target_limit exceeded", "targets"),
    ("label_limit exceeded", "labels"),
    ("length_limit exceeded", "labels"),
    ("body size limit exceeded", "size"),
)
MEANINGS: tuple[tuple[type[BaseException], Kind], ...] = (  # of what an exception of requests was made of
    (requests.ReadTimeout, "silent"),
    (ConnectionRefusedError, "refused"),
    (socket.gaierror, "name"),
    (NameResolutionError, "name"),
    (TimeoutError, "silent"),
)
STATUS_WORDS = re.compile(r"server returned HTTP status (\d{3})")
NET_WORDS = re.compile(r"^Get |dial |lookup ")
DETAIL_CHARACTERS = 300


class Trouble(NamedTuple):
    """Why something could not be read; `detail` is in the words of whoever failed, free of credentials."""

    kind: Kind
    detail: str = ""

    def cause(self, where: str) -> str:
        """Return the cause as a sentence about `where`, a server and its address."""
        return CAUSES[self.kind].format(where=where) + (f" ({self.detail})" if self.detail else "")

    @property
    def remedy(self) -> str:
        """What helps, as a sentence."""
        return REMEDIES[self.kind]


def of_request(error: requests.RequestException) -> Trouble:
    """Return what an exception of requests means; its text would show the URL with its credentials."""
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return Trouble("plain") if "WRONG_VERSION_NUMBER" in text else Trouble("tls", _verification(text))
    if isinstance(error, requests.ConnectTimeout):
        return Trouble("timeout")
    for cause in _causes(error):
        for kind, means in MEANINGS:
            if isinstance(cause, kind):
                return Trouble(means)
        if isinstance(cause, OSError) and "unreachable" in str(cause).lower():
            return Trouble("route")
    return Trouble("closed")


def of_status(status: int, body: str) -> Trouble:
    """Return what a status other than success means; of the body its first line is kept."""
    kind = STATUSES.get(status, "server" if status >= 500 else "status")
    line = brief(body.strip().partition("\n")[0])
    known = kind in {"login", "missing"}
    return Trouble(kind, line if known else f"{status} {line}".strip())


def of_scrape(error: str) -> Trouble:
    """Return what Prometheus's `lastError` means."""
    found = STATUS_WORDS.search(error)
    if found:
        trouble = of_status(int(found[1]), "")
        return trouble if trouble.kind in {"login", "forbidden", "missing"} else Trouble(trouble.kind, found[1])
    for words, kind in GO_WORDS:
        if words in error:
            return Trouble(kind, brief(error) if kind in {"tls", "labels", "targets"} else "")
    return Trouble("answer" if NET_WORDS.search(error) else "page", brief(error))


def brief(text: str) -> str:
    """Return outside text in one line of bounded length, without what a terminal would obey."""
    line = "".join(one if one.isprintable() else " " for one in text)
    return line if len(line) <= DETAIL_CHARACTERS else line[: DETAIL_CHARACTERS - 1] + "…"


def _verification(text: str) -> str:
    found = re.search(r"certificate verify failed: ([^(]+)", text)
    return found[1].strip() if found else ""


def _causes(error: BaseException) -> list[BaseException]:
    """Return all exceptions that an exception of requests is made of, outermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found
