"""The errors that a person sees: each names the thing, what was expected, and what to do."""


class ProblemError(Exception):
    """Something failed; the program says so in one sentence and ends with exit code 1."""

    exit_code = 1


class UsageProblemError(ProblemError):
    """The command line or the configuration is wrong: exit code 64 (EX_USAGE of sysexits.h)."""

    exit_code = 64


class TransientError(ProblemError):
    """A write or read that may succeed when it is tried again after the state has been read anew."""


def sentence(error: ProblemError) -> str:
    """Return the error in one line, with the notes that were added to it on its way up."""
    return "; ".join([str(error), *getattr(error, "__notes__", [])])
