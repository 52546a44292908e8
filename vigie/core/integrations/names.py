"""What integrations are called, and where they lie; this costs whoever needs no manifest nothing."""

import re

FOLDER = "integrations"
LABEL = "vigie.integration"  # by which a container asks for one
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
