"""Compresses answers for browsers that take gzip."""

import gzip

import flask

MIN_BYTES = 1000  # shorter bodies are not worth it


def accepts_gzip() -> bool:
    """Tell whether the client of the current request takes gzip."""
    return "gzip" in flask.request.headers.get("Accept-Encoding", "")


def compress(answer: flask.Response) -> flask.Response:
    """Return the answer, compressed where the client takes that and it saves something."""
    if not accepts_gzip() or answer.is_streamed or "Content-Encoding" in answer.headers:
        return answer
    body = answer.get_data()
    if len(body) >= MIN_BYTES:
        answer.set_data(gzip.compress(body, 3, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
