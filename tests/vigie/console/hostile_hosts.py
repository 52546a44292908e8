"""Some hosts as exporters would show them, a few with names that try to be a script, an image or a path."""

SCRIPT = "<script>window.pwned=1</script>"
IMAGE = "\"'><img src=x onerror=window.pwned=1>"
PATH = "../../a?b#c&amp;%2e"
HOSTS = {"web-1": 0.2, "web-2": 0.85, "db-1": 0.95, SCRIPT: 0.5, IMAGE: 0.5, PATH: 0.5}


def escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def exposition():
    lines = []
    for name, share in HOSTS.items():
        team = "shop" if name.startswith("web") else escaped(IMAGE)
        labels = f'job="node",instance="{escaped(name)}",host="{escaped(name)}",dc="eu",team="{team}"'
        cache = f'instance="{escaped(name)}/{escaped(SCRIPT)}:1",host="{escaped(name)}",dc="eu",integration="redis"'
        lines += [
            f"up{{{labels}}} 1",
            f"node_load5{{{labels}}} {share * 2}",
            f'node_cpu_seconds_total{{{labels},cpu="0",mode="idle"}} 1',
            f"node_memory_MemTotal_bytes{{{labels}}} 1e9",
            f"node_memory_MemAvailable_bytes{{{labels}}} {(1 - share) * 1e9}",
            f'node_os_info{{{labels},pretty_name="{escaped(SCRIPT)}"}} 1',
            f'container_last_seen{{{labels},name="{escaped(IMAGE)}",image="{escaped(SCRIPT)}"}} 1',
            f'up{{{cache},job="app-cache"}} 1',
            f'vigie_integration_state{{{cache},state="{escaped(SCRIPT)}"}} 1',
            f'redis_instance_info{{{cache},redis_version="{escaped(IMAGE)}"}} 1',
            f'container_last_seen{{{labels},name="{escaped(PATH)}",image="redis"}} 1',
            f'container_memory_working_set_bytes{{{labels},name="{escaped(IMAGE)}"}} 5e7',
        ]
    return ("\n".join(lines) + "\n").encode()
