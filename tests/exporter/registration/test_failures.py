from pathlib import Path

import consul
import pytest
import requests

from exporter.registration.failures import REASONS, describe
from vigie.core.errors import ProblemError


@pytest.mark.parametrize(
    ("error", "reason", "said"),
    [
        (consul.ACLPermissionDenied("Permission denied"), "denied", 'service "app-x" { policy = "write" }'),
        (consul.ACLPermissionDenied("ACL not found"), "denied", "does not know the token in /run/token"),
        (ProblemError("of node 'db-7'"), "refused", "of node 'db-7'"),
        (requests.ConnectTimeout("slow"), "timeout", "slow"),
        (requests.ConnectionError("refused"), "unreachable", "refused"),
        (FileNotFoundError(2, "No such file", "/run/token"), "unreachable", "/run/token"),
        (consul.ConsulException("500 No cluster leader"), "answer", "No cluster leader"),
    ],
)
def test_each_failure_has_a_reason_and_a_sentence(error, reason, said):
    actual, sentence = describe(error, "app-x", Path("/run/token"))
    assert actual == reason
    assert said in sentence
    assert actual in REASONS
