"""The series carry the labels that the contract promises."""

from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

FIXED = ("job", "instance", "host", "dc")


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the labels of one series in each Prometheus."""
    expected = inputs.labels()
    for where, prometheus in inputs.responsible().items():
        labels = prometheus.sample_labels.get(inputs.host, {})
        wrong = [label for label, value in expected.items() if labels.get(label) != value]
        if wrong:
            shown = ", ".join(
                f"{label}={brief(labels.get(label, ''))!r}, not {brief(expected[label])!r}" for label in wrong
            )
            return failed(
                f"in Prometheus at {where} its series have {shown}",
                "take the relabelling of these labels out of prometheus.yml; what changed in Consul comes soon",
            )
        exported = sorted(label for label in labels if label.startswith("exported_"))
        if exported:
            return failed(
                f"its page gives labels that are the target's: {', '.join(exported)}",
                "take them out of what writes the page (a text file, most likely): they belong to the target",
            )
    return ok(" ".join(f"{label}={brief(value)}" for label, value in sorted(expected.items()) if label not in FIXED))


STEP = Step(title="labelled by contract", after=("clock",), needs=("fresh", "registered"), judge=judge)
