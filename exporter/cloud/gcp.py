"""Google Compute Engine, by its metadata server.

https://cloud.google.com/compute/docs/metadata/querying-metadata
https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
https://cloud.google.com/compute/docs/instances/create-use-spot#detect-preemption
"""

import time
from collections.abc import Sequence
from urllib.parse import quote

from exporter.cloud.metadata import Answer, Metadata, MetadataError, text_of
from exporter.cloud.provider import Facts, Notice, Signs

INSTANCE = "/computeMetadata/v1/instance/"
FLAVOR = {"Metadata-Flavor": "Google"}
WAIT_SECONDS = 60
NOTICE_SECONDS = 30  # between the notice and the end, at best


class Gcp:
    """Google's service. Labels are not in it; instance attributes (custom metadata) stand for tags."""

    waits = True

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._etag = ""
        self._noticed_at = 0.0

    def facts(self, tags: Sequence[str]) -> Facts:
        """Return the facts; a spot VM too says that it is preemptible."""
        zone = self._last_part("zone")
        values = {name: self._read(f"attributes/{quote(name, safe='')}") for name in tags}
        return Facts(
            cloud="gcp",
            instance_id=self._read("id") or "",
            zone=zone,
            region=zone.rpartition("-")[0],
            instance_type=self._last_part("machine-type"),
            lifecycle="spot" if self._read("scheduling/preemptible") == "TRUE" else "on-demand",
            tags={name: value for name, value in values.items() if value is not None},
        )

    def signs(self) -> Signs:
        """Return the preemption notice, at once the first time, then when it changes or after a minute."""
        path, wait_seconds = "preempted", 0
        if self._etag:
            wait_seconds = WAIT_SECONDS
            path += f"?wait_for_change=true&timeout_sec={WAIT_SECONDS}&last_etag={quote(self._etag, safe='')}"
        try:
            answer = self._ask(path, wait_seconds)
        except MetadataError:
            self._etag = ""  # so that the next question is answered at once
            raise
        self._etag = answer.headers.get("etag", "")
        if text_of(answer, path) != "TRUE":
            self._noticed_at = 0.0
            return Signs()
        self._noticed_at = self._noticed_at or time.time()
        return Signs(Notice("preempt", self._noticed_at + NOTICE_SECONDS))

    def _read(self, path: str) -> str | None:
        return text_of(self._ask(path), path)

    def _last_part(self, path: str) -> str:
        """Return the last part of a resource's name: `projects/1/zones/us-east1-b`."""
        return (self._read(path) or "").rpartition("/")[2]

    def _ask(self, path: str, wait_seconds: float = 0) -> Answer:
        answer = self._metadata.ask(INSTANCE + path, FLAVOR, wait_seconds=wait_seconds)
        if answer.headers.get("metadata-flavor") != "Google":
            raise MetadataError(f"{path}: the answer is not from Google's metadata server")
        return answer
