import subprocess
import sys

# In a process of its own: the allocator's settings are for good. A block of 2 MB, made and dropped again and again,
# costs a fault for each of its pages every time unless it is kept.
PROGRAM = """
import resource, sys
from exporter.malloc_tuning import keep_buffers
if sys.argv[1] == "keep":
    print(keep_buffers(), end=" ")
blocks = lambda: [bytes(2_000_000) for _ in range(3)]
blocks()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    blocks()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(mode):
    result = subprocess.run([sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, check=True)
    return result.stdout.split()


def test_large_blocks_are_kept_where_the_allocator_can():
    is_known, count = faults("keep")
    assert is_known == "False" or int(count) < 2000 < int(faults("leave")[0])
