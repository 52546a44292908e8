"""Every Prometheus has loaded the host as a target."""

from vigie.doctor.findings.facts import Prometheus
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the targets of each Prometheus."""
    for where, found in inputs.responsible().items():
        if inputs.host not in found.active:
            return _missing(inputs, where, found)
    return ok(f"by {len(inputs.responsible())}")


def _missing(inputs: DiagnosisInput, where: str, found: Prometheus) -> Verdict:
    dc, name = inputs.host
    labels = [one.discovered_labels for one in found.dropped]
    if any((one.get("dc"), one.get("instance")) == (dc, name) for one in labels):
        return failed(
            f"Prometheus at {where} drops {name} by a rule of its relabel_configs",
            "take the `drop` or `keep` that matches out of prometheus.yml",
        )
    if any(instance == name for _, instance in found.active):
        return failed(
            f"Prometheus at {where} has {name} without the datacenter {dc}",
            "let it read discovery's files (file_sd_configs), without a relabelling of dc, job or instance",
        )
    files = ", ".join(found.files) or "no file at all"
    if not found.active:
        return failed(
            f"Prometheus at {where} has no target of the job node: it reads {files}",
            "let its file_sd_configs name the folder that `vigie discovery --output` writes (node.json)",
        )
    return failed(
        f"Prometheus at {where} has {len(found.active)} hosts, but not {name}; it reads {files}",
        "compare with the folder that `vigie discovery --output` writes; prometheus_sd_file_read_errors_total and "
        "prometheus_sd_file_mtime_seconds tell whether it reads the newest file",
    )


STEP = Step(title="loaded by Prometheus", after=("prometheus",), needs=("prometheus", "target"), judge=judge)
