"""Why Go failed is told without its advice."""

from vigie.stack import gobuild

# From a real `go get` of Consul behind a proxy that lacks a checksum.
OUTPUT = """\
go: github.com/hashicorp/consul imports
\tgithub.com/hashicorp/consul/proto-public@v0.7.0: verifying module: 404 Not Found
go: warning: github.com/hashicorp/go-msgpack@v1.1.5: retracted by module author
go: to switch to the latest unretracted version, run:
\tgo get <module>@latest
"""


def test_the_reason_is_neither_a_warning_nor_advice():
    expected = "github.com/hashicorp/consul/proto-public@v0.7.0: verifying module: 404 Not Found"
    assert gobuild.reason(OUTPUT) == expected
    assert gobuild.reason("") == "go gave no reason"
