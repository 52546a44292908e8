"""The host's series are there, and new."""

from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

INTERVALS = 3


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the newest sample in each Prometheus."""
    ages = []
    for where, prometheus in inputs.responsible().items():
        age = prometheus.age_seconds.get(inputs.host)
        limit = max(inputs.sample_age_limit_seconds, INTERVALS * prometheus.interval_seconds)
        if age is None:
            return failed(
                f"Prometheus at {where} scrapes it but has no node_time_seconds of it",
                "look for a metric_relabel_configs that drops it, or a storage that takes no samples (its log)",
            )
        if age > limit:
            return failed(
                f"the newest sample in Prometheus at {where} is {age:.0f} s old, though the scrape succeeds",
                "the page carries timestamps of its own, or something serves an old page: take both away; "
                "else Prometheus can't write (its log)",
            )
        ages.append(age)
    return ok(f"{max(ages):.0f} s old" if ages else "")


STEP = Step(title="its series are fresh", after=("scraped",), needs=("scraped",), judge=judge)
