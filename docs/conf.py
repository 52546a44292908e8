"""How Sphinx makes the site: MyST Markdown, furo, mermaid drawings; `make docs` runs it on a staged copy."""

project = "vigie"
author = "the vigie authors"
copyright = "the vigie authors; Apache-2.0"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser", "sphinxcontrib.mermaid"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["pictures/README.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
html_theme = "furo"
# The switch between versions takes the place of furo's own.
templates_path = ["_templates"]
html_title = "vigie"
# Drawings need mermaid's script; a reader without the network sees their text.
mermaid_version = "11.4.1"
# Blocks of other programs' formats, which Pygments has no lexer for.
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure"]
