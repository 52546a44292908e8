"""Which packages wait for an update, from the files of dpkg and apt alone: no program is run."""
