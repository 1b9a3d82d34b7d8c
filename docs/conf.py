"""Sphinx configuration. `make docs` builds the documentation into docs/_build/html/."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from convpipe import __version__  # noqa: E402

project = "convpipe"
author = "The convpipe developers"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinxcontrib.mermaid",
]
exclude_patterns = ["_build", "pictures/README.md", "progress.md"]
html_theme = "furo"
html_title = f"convpipe {version}"
html_extra_path = ["convolution.html"]

# GitHub renders the same pages, so diagrams and heading anchors follow its syntax.
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_use_rtype = False

# The copy button leaves out the prompt.
copybutton_prompt_text = "$ "
