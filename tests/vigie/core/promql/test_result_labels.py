"""Which labels a result can have; the expected ones are what Prometheus's documentation of operators says."""

import pytest

from vigie.core.promql.result_labels import result_labels

ANY = None


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("up", ANY),
        ("1 > bool 0", set()),
        ("time() - 5", set()),
        ("vector(1)", set()),
        ("sum(up)", set()),
        ("sum by (job) (up)", {"job"}),
        ("sum without (job) (up)", ANY),
        ("sum without (job) (sum by (job, dc) (up))", {"dc"}),
        ('count_values by (dc) ("version", build_info)', {"dc", "version"}),
        ("topk(3, sum by (job) (up))", {"job"}),
        ("topk by (dc) (3, up)", ANY),
        ("rate(x[5m])", ANY),
        ("sum by (le, job) (rate(x_bucket[5m])) > 3", {"le", "job"}),
        ("histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m])))", {"le", "job"}),
        ("5 < sum by (job) (up)", {"job"}),
        ("-(sum by (job) (up))", {"job"}),
        ("a and on (x) b", ANY),
        ("sum by (job) (a) unless on (job) b", {"job"}),
        ("sum by (job) (a) or sum by (dc) (b)", {"job", "dc"}),
        ("sum by (job) (a) or b", ANY),
        ("a / on (job) b", {"job"}),
        ("a > on (job) b", {"job"}),
        ("sum by (job, dc) (a) / ignoring (dc) sum by (job) (b)", {"job"}),
        ("sum by (job) (a) / sum by (job) (b)", {"job"}),
        ("sum by (job, dc) (a) * on (job) group_left (team) b", {"job", "dc", "team"}),
        ("b * on (job) group_right (team) sum by (job, dc) (a)", {"job", "dc", "team"}),
        ("a * on (job) group_left () b", ANY),
        ('absent(up{job="node", dc=~"x"})', {"job"}),
        ('absent_over_time(up{job="node"}[5m])', {"job"}),
        ("absent(sum(up))", set()),
        ('label_replace(sum by (a) (x), "b", "$1", "a", "(.*)")', {"a", "b"}),
        ('label_replace(x, "b", "$1", "a", "(.*)")', ANY),
        ("clamp_max(sum by (a) (x), 1)", {"a"}),
        ("max_over_time((sum by (a) (x))[5m:1m])", {"a"}),
    ],
)
def test_the_labels_of_a_result(expression, labels):
    assert result_labels(expression) == (labels if labels is None else frozenset(labels))


def test_what_does_not_parse_is_an_error():
    with pytest.raises(ValueError, match="parenthesis"):
        result_labels("sum(")
