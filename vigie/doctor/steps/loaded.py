"""Every Prometheus has loaded the host as a target."""

from vigie.doctor.findings.facts import Prometheus
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the targets of each Prometheus."""
    for where, prometheus in inputs.responsible().items():
        if inputs.host not in prometheus.active:
            return _missing(inputs, where, prometheus)
    return ok(f"by {len(inputs.responsible())}")


def _missing(inputs: DiagnosisInput, where: str, prometheus: Prometheus) -> Verdict:
    dc, name = inputs.host
    labels = [scrape.discovered_labels for scrape in prometheus.dropped]
    if any((target.get("dc"), target.get("instance")) == (dc, name) for target in labels):
        return failed(
            f"Prometheus at {where} drops {name} by a rule of its relabel_configs",
            "take the `drop` or `keep` that matches out of prometheus.yml",
        )
    if any(instance == name for _, instance in prometheus.active):
        return failed(
            f"Prometheus at {where} has {name} without the datacenter {dc}",
            "let it read discovery's files (file_sd_configs), without a relabelling of dc, job or instance",
        )
    files = ", ".join(prometheus.files) or "no file at all"
    if not prometheus.active:
        return failed(
            f"Prometheus at {where} has no target of the job node: it reads {files}",
            "let its file_sd_configs name the folder that `vigie discovery --output` writes (node.json)",
        )
    return failed(
        f"Prometheus at {where} has {len(prometheus.active)} hosts, but not {name}; it reads {files}",
        "compare with the folder that `vigie discovery --output` writes; prometheus_sd_file_read_errors_total and "
        "prometheus_sd_file_mtime_seconds tell whether it reads the newest file",
    )


STEP = Step(title="loaded by Prometheus", after=("prometheus",), needs=("prometheus", "target"), judge=judge)
