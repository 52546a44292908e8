"""Becomes another program that the kernel ends when the supervisor dies, however it dies.

Run as a script: `python die_with_parent.py SUPERVISOR_PID PROGRAM ARGUMENT…`. The setting survives execve (prctl(2)).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def main() -> None:
    """Ask for the signal, make sure that the supervisor did not die before, and become the program."""
    supervisor, program, *arguments = sys.argv[1:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(supervisor):
        sys.exit("the supervisor is gone")
    os.execv(program, [program, *arguments])  # noqa: S606 - becoming that program is the purpose


if __name__ == "__main__":
    main()
