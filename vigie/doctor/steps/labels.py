"""The series carry the labels that the contract promises."""

from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.verdict import Case, Step, Verdict, failed, ok

FIXED = ("job", "instance", "host", "dc")


def judge(case: Case) -> Verdict:
    """Judge the labels of one series in each Prometheus."""
    wanted = case.labels()
    for where, found in case.responsible().items():
        labels = found.sample_labels.get(case.host, {})
        wrong = [label for label, value in wanted.items() if labels.get(label) != value]
        if wrong:
            shown = ", ".join(
                f"{label}={brief(labels.get(label, ''))!r}, not {brief(wanted[label])!r}" for label in wrong
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
    return ok(" ".join(f"{label}={brief(value)}" for label, value in sorted(wanted.items()) if label not in FIXED))


STEP = Step("labels", "labelled by contract", ("fresh", "registered"), judge)
