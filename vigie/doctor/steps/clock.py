"""The host's clock agrees with Prometheus's."""

from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge how far the host's time is from the time of the scrape that brought it."""
    worst = 0.0
    for where, prometheus in inputs.responsible().items():
        ahead = prometheus.clock_seconds.get(inputs.host, 0.0)
        if abs(ahead) > inputs.clock_offset_limit_seconds:
            way = "ahead of" if ahead > 0 else "behind"
            return failed(
                f"its clock is {abs(ahead):.0f} s {way} that of Prometheus at {where}",
                "start time synchronisation on it (`timedatectl set-ntp true`), or on Prometheus's if all hosts differ",
            )
        worst = max(worst, abs(ahead))
    return ok(f"within {worst:.1f} s")


STEP = Step(title="its clock is right", after=("fresh",), needs=("fresh",), judge=judge)
