"""Why a server could not be read: one list of kinds, each with its cause and its remedy in plain words."""

from typing import Literal, NamedTuple

from vigie.core.errors import ProblemError, TransientError

Kind = Literal[
    "refused",
    "timeout",
    "silent",
    "route",
    "closed",
    "name",
    "tls",
    "certificate",
    "secret",
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
    "certificate": "{where} does not accept our certificate, or wants one and gets none",
    "secret": "the password or token for {where} can't be read",
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
    "tls": "renew the certificate, or give the asking side the CA file of the authority that signed it",
    "certificate": "give the asking side a certificate and key that the other one's client CA has signed",
    "secret": "correct the file or its rights",
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
PASSING: frozenset[Kind] = frozenset({"refused", "timeout", "silent", "route", "closed", "name"})
# No byte of the request has reached the server, so that it may be sent to another address.
NEVER_SENT: frozenset[Kind] = frozenset(
    {"refused", "timeout", "route", "name", "tls", "certificate", "plain", "secret"}
)
BUSY_STATUSES = frozenset({429, 502, 503, 504})  # 503 is what Prometheus says until it has read its log
DETAIL_CHARACTERS = 500


class FetchFailure(NamedTuple):
    """Why something could not be read.

    `detail` is in the words of whoever failed, free of credentials; `status` is the answer's, 0 when there was none.
    """

    kind: Kind
    detail: str = ""
    status: int = 0

    def cause(self, where: str) -> str:
        """Return the cause as a sentence about `where`, a server and its address."""
        return CAUSES[self.kind].format(where=where) + (f" ({self.detail})" if self.detail else "")

    @property
    def remedy(self) -> str:
        """What helps, as a sentence."""
        return REMEDIES[self.kind]

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.kind in PASSING or self.status in BUSY_STATUSES


class FetchError(ProblemError):
    """A request failed; `failure` says why, the text says it of the server and its address."""

    def __init__(self, sentence: str, failure: FetchFailure) -> None:
        super().__init__(sentence)
        self.failure = failure


class PassingFetchError(FetchError, TransientError):
    """A request failed and may succeed when it is tried again."""


def fetch_error(failure: FetchFailure, where: str) -> FetchError:
    """Return the error for a failure at `where`, a server and its address without credentials."""
    kind = PassingFetchError if failure.is_passing else FetchError
    return kind(failure.cause(where), failure)


def brief(text: str) -> str:
    """Return outside text in one line of bounded length, without what a terminal would obey."""
    line = printable(text)
    return line if len(line) <= DETAIL_CHARACTERS else line[: DETAIL_CHARACTERS - 1] + "…"


def printable(text: str) -> str:
    """Return outside text in one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
