"""What the agent's one file runs: `vigie`, out of the folder `lib` that the file has unpacked beside this script."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
runpy.run_module("vigie", run_name="__main__", alter_sys=True)
