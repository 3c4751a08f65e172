"""How Sphinx builds the documentation: `make docs`. It needs no network."""

from __future__ import annotations

import aiohttp_flashbag

project = "aiohttp_flashbag"
author = "The aiohttp_flashbag authors"
copyright = author  # noqa: A001  # Sphinx wants this name
release = aiohttp_flashbag.__version__
version = ".".join(release.split(".")[:2])

extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
default_role = "code"  # as the docstrings use single backticks
highlight_language = "python"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
maximum_signature_line_length = 80
python_display_short_literal_types = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"aiohttp_flashbag {release}"
html_copy_source = False
html_show_sphinx = False
pygments_style = "default"
pygments_dark_style = "github-dark"
