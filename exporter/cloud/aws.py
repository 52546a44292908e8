"""Amazon EC2, by its instance metadata service, version 2.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from exporter.cloud.metadata import Metadata, MetadataError, parse, text_of
from exporter.cloud.provider import Facts, Notice, Signs

TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
TOKEN_LIFE_SECONDS = 21600  # the longest that there is
DOCUMENT_PATH = "/latest/dynamic/instance-identity/document"
META = "/latest/meta-data/"
# A recommendation is no deadline: it is read with every sixth notice only, which halves the cost.
READS_PER_RECOMMENDATION = 6


class Document(msgspec.Struct, rename="camel"):
    """The instance identity document, as far as we need it."""

    instance_id: str
    instance_type: str
    region: str
    availability_zone: str


class Action(msgspec.Struct):
    """`spot/instance-action`: terminate, stop or hibernate, and when."""

    action: str
    time: datetime


class Aws:
    """EC2's service. A token opens it; in a container it may be out of reach (the answer's hop limit is 1)."""

    waits = False

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._token = ""
        self._looks = 0
        self._is_rebalance_recommended = False

    def facts(self, tags: Sequence[str]) -> Facts:
        """Return the facts; tags only where the instance's metadata options allow them."""
        document = parse(self._read(DOCUMENT_PATH), Document)
        values = {name: self._read(f"{META}tags/instance/{quote(name, safe='')}") for name in tags}
        return Facts(
            cloud="aws",
            instance_id=document.instance_id,
            zone=document.availability_zone,
            region=document.region,
            instance_type=document.instance_type,
            lifecycle="spot" if self._read(f"{META}instance-life-cycle") == "spot" else "on-demand",
            tags={name: value for name, value in values.items() if value is not None},
        )

    def signs(self) -> Signs:
        """Return the interruption notice, which comes two minutes ahead, and the recommendation to rebalance."""
        action = self._read(f"{META}spot/instance-action")
        if self._looks % READS_PER_RECOMMENDATION == 0:
            self._is_rebalance_recommended = self._read(f"{META}events/recommendations/rebalance") is not None
        self._looks += 1
        return Signs(_notice(action) if action is not None else None, self._is_rebalance_recommended)

    def _read(self, path: str) -> str | None:
        if not self._token:
            self._token = self._new_token()
        answer = self._metadata.ask(path, {"X-aws-ec2-metadata-token": self._token})
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._token = self._new_token()
            answer = self._metadata.ask(path, {"X-aws-ec2-metadata-token": self._token})
        return text_of(answer, path)

    def _new_token(self) -> str:
        headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_LIFE_SECONDS)}
        token = text_of(self._metadata.ask(TOKEN_PATH, headers, "PUT"), TOKEN_PATH)
        if not token or not token.isascii() or not token.isprintable():
            raise MetadataError(f"{TOKEN_PATH}: expected a token")
        return token


def _notice(text: str) -> Notice:
    action = parse(text, Action)
    when = action.time if action.time.tzinfo else action.time.replace(tzinfo=UTC)
    return Notice(action.action, when.timestamp())
