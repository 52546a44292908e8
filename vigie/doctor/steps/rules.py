"""Every Prometheus has our rules, and can evaluate all that it has."""

from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

PREFIX = "vigie-"


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the health of the rules of each Prometheus."""
    counts = []
    for where, prometheus in inputs.prometheuses().items():
        rules = prometheus.rules
        if rules.failing:
            worst = rules.failing[0]
            return failed(
                f"Prometheus at {where} can't evaluate {len(rules.failing)} of its rules, such as {worst.name} of "
                f"{worst.file}: {worst.error or 'it does not say why'}",
                "correct the expression (`vigie lint` checks the site folder's), then `vigie provision apply --local`",
            )
        if not any(name.startswith(PREFIX) for name in rules.files):
            return failed(
                f"Prometheus at {where} has none of our rules, so that no alert of a host can fire",
                "run `vigie provision apply --local --rules-dir FOLDER` beside it, and let rule_files name that folder",
            )
        counts.append(str(rules.total))
    return ok(f"{', '.join(counts)} rules")


STEP = Step(title="rules evaluate", after=("labels",), needs=("prometheus",), judge=judge)
