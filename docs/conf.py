"""How Sphinx makes the site of these pages."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
# The site is of the sources beside it, not of a version that happens to be installed.
sys.path.insert(0, str(HERE.parent))

from pytest_flaskctx import __version__  # noqa: E402 -- the path comes first
from pytest_flaskctx.rules import RULES  # noqa: E402 -- the path comes first

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pytest-flaskctx"
author = "pytest-flaskctx contributors"
copyright = author  # noqa: A001 -- Sphinx's name for it
version = release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
nitpicky = True
# What a page shows as a screen is no language.
highlight_language = "none"

html_theme = "furo"
html_title = f"pytest-flaskctx {release}"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False

_SHIPPED = re.compile(r"\((?:\.\./)+pytest_flaskctx/rules/pages/(FCX\d+\.md)\)")


def setup(app: Sphinx) -> None:
    """Register what Sphinx calls while it builds."""
    app.connect("builder-inited", _write_rules)
    app.connect("source-read", lambda _app, _name, source: _link_rules(source))


def _write_rules(app: Sphinx) -> None:
    """Make the rules' pages, which are part of the package for ``--flaskctx-explain``, ours too."""
    folder = Path(app.srcdir) / "rules"
    folder.mkdir(exist_ok=True)
    for gone in {path.stem for path in folder.glob("*.md")} - {rule.code for rule in RULES}:
        folder.joinpath(f"{gone}.md").unlink()
    for rule in RULES:
        path = folder / f"{rule.code}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != rule.page:
            path.write_text(rule.page, encoding="utf-8")


def _link_rules(source: list[str]) -> None:
    """Let links to the shipped pages, right for who reads the files, lead to those of the site."""
    source[0] = _SHIPPED.sub(r"(/rules/\1)", source[0])
