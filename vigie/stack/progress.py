"""What finding a server tells while it takes its time; `vigie.stack.show` shows it to people."""

DOWNLOADING = "downloading"


class Report:
    """Hears how far a server is and what is done for it. This one tells nobody."""

    def progress(self, name: str, percent: float, activity: str = DOWNLOADING) -> None:
        """Hear that `name` is at `percent`, from 0 to 100, of `activity`."""

    def say(self, sentence: str) -> None:
        """Hear a sentence that is worth a line wherever people read."""
