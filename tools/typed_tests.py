"""mypy over the tests, as a ratchet: a file that tests/untyped.txt does not name must be clean.

A file that is named there and is clean is told too: its line goes. `--write` writes the list anew.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "untyped.txt"


def main() -> None:
    """Compare mypy's findings with the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the list anew; it should become shorter")
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "mypy", "--config-file", "tests/mypy.ini", "tests"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(f"mypy failed: {done.stderr.strip() or done.stdout.strip()}")
    findings = [line for line in done.stdout.splitlines() if ": error: " in line]
    faulty = {line.partition(":")[0] for line in findings}
    if arguments.write:
        LIST.write_text("".join(f"{name}\n" for name in sorted(faulty)))
    problems = compare(faulty, set(LIST.read_text().split()), findings)
    if problems:
        sys.exit("\n".join(problems))
    print(f"{len(faulty)} files of the tests are not clean yet: {LIST.relative_to(ROOT)}")


def compare(faulty: set[str], listed: set[str], findings: list[str]) -> list[str]:
    """Return what is wrong, a line each: findings in files that must be clean, and clean files that are listed."""
    new = [line for line in findings if line.partition(":")[0] not in listed]
    return [*new, *(f"{name} is clean: take it out of tests/untyped.txt" for name in sorted(listed - faulty))]


if __name__ == "__main__":
    main()
