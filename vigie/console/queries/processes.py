"""The busiest commands of one host; SELECT and WINDOW are filled in."""

TOP = 10
CPU = f"topk({TOP}, rate(vigie_process_cpu_seconds_total{{SELECT}}[WINDOW]))"
RESIDENT = f"topk({TOP}, vigie_process_resident_bytes{{SELECT}})"
QUERIES = {"cpu": CPU, "resident": RESIDENT}
