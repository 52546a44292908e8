"""Which line of the status page is which metric: the names are those of apache_exporter 1.0.

https://github.com/Lusitaniae/apache_exporter
"""

from exporter.exposition.text import Family, Kind


def _family(name: str, kind: Kind, text: str, *labels: str) -> Family:
    return Family(f"apache_{name}", kind, f"Apache httpd: {text}.", labels)


UP = Family("apache_up", "gauge", "Whether the status page was read.")
VERSION = _family("version", "gauge", "its version as a number, such as 2.04062 for 2.4.62")
INFO = _family("info", "gauge", "its version and its multi-processing module, always 1", "version", "mpm")
GENERATION = _family("generation", "gauge", "how often it was reloaded, and its processes started anew", "type")
LOAD = _family("load", "gauge", "load of the machine", "interval")
CPU_LOAD = _family("cpuload", "gauge", "CPULoad, the percentage of a core since its start")
CPU_TIME = _family("cpu_time_ms_total", "counter", "CPU time of its processes", "type")
WORKERS = _family("workers", "gauge", "workers that answer a request, or wait for one", "state")
PROCESSES = _family("processes", "gauge", "processes, and those that end", "state")
CONNECTIONS = _family("connections", "gauge", "connections by what they do", "state")
SCOREBOARD = _family("scoreboard", "gauge", "slots of workers by what they do", "state")
# Of lines `key: number`: the family, and its label.
NUMBERS: dict[str, tuple[Family, tuple[str, ...]]] = {
    "ParentServerConfigGeneration": (GENERATION, ("config",)),
    "ParentServerMPMGeneration": (GENERATION, ("mpm",)),
    "Load1": (LOAD, ("1min",)),
    "Load5": (LOAD, ("5min",)),
    "Load15": (LOAD, ("15min",)),
    "Total Accesses": (_family("accesses_total", "counter", "requests"), ()),
    "Total kBytes": (_family("sent_kilobytes_total", "counter", "kilobytes that were sent"), ()),
    "Total Duration": (_family("duration_ms_total", "counter", "milliseconds that all requests took"), ()),
    "CPULoad": (CPU_LOAD, ()),
    "Uptime": (_family("uptime_seconds_total", "counter", "seconds since its start"), ()),
    "BusyWorkers": (WORKERS, ("busy",)),
    "IdleWorkers": (WORKERS, ("idle",)),
    "Processes": (PROCESSES, ("all",)),
    "Stopping": (PROCESSES, ("stopping",)),
    "ConnsTotal": (CONNECTIONS, ("total",)),
    "ConnsAsyncWriting": (CONNECTIONS, ("writing",)),
    "ConnsAsyncKeepAlive": (CONNECTIONS, ("keepalive",)),
    "ConnsAsyncClosing": (CONNECTIONS, ("closing",)),
}
CPU_KEYS = {"user": ("CPUUser", "CPUChildrenUser"), "system": ("CPUSystem", "CPUChildrenSystem")}
SLOTS = {
    "_": "idle", "S": "startup", "R": "read", "W": "reply", "K": "keepalive", "D": "dns", "C": "closing",
    "L": "logging", "G": "graceful_stop", "I": "idle_cleanup", ".": "open_slot",
}  # fmt: skip
OF_WORKER = ("balancer", "worker")
BALANCER_STATUS = _family("proxy_balancer_status", "gauge", "states of a balancer's worker", *OF_WORKER, "status")
BALANCER_NUMBERS = {
    "Elected": _family("proxy_balancer_accesses_total", "counter", "requests given to a worker", *OF_WORKER),
    "Busy": _family("proxy_balancer_busy", "gauge", "requests that a worker answers now", *OF_WORKER),
    "Sent": _family("proxy_balancer_request_kbytes_total", "counter", "kilobytes sent to a worker", *OF_WORKER),
    "Rcvd": _family("proxy_balancer_response_kbytes_total", "counter", "kilobytes got from a worker", *OF_WORKER),
}
