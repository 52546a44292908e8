import sys, time
from hypothesis import settings, HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test
from tests.discovery.model.machine import DiscoveryMachine
if __name__ == "__main__":
    t=time.process_time()
    skip_rules=[a for a in sys.argv[3:] if not a.startswith("holds_")]
    DiscoveryMachine.tolerated=frozenset(a for a in sys.argv[3:] if a.startswith("holds_"))
    rules=DiscoveryMachine.setup_state().rules
    kept=[r for r in rules if r.function.__name__ not in skip_rules]
    assert len(kept)==len(rules)-len(skip_rules)
    rules[:]=kept
    M=DiscoveryMachine
    try:
        run_state_machine_as_test(M, settings=settings(max_examples=int(sys.argv[1]), stateful_step_count=int(sys.argv[2]), deadline=None, derandomize=True, database=None, phases=(Phase.generate,Phase.shrink) if int(sys.argv[1])<100000 else (), suppress_health_check=list(HealthCheck)))
    finally: print("cpu", time.process_time()-t)
