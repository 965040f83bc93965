"""The templates: how values come into them harmless, and what the page brings along."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.reports.html.axis import GAP
from pytest_flaskctx.reports.html.cards import MOST_TESTS
from pytest_flaskctx.reports.html.figures import BAR, LEFT, WIDTH
from pytest_flaskctx.reports.html.filters import BETWEEN
from pytest_flaskctx.reports.html.scenes import MOST_TOLD, TOLD, Scene
from pytest_flaskctx.reports.html.texts import harmless, spans

if TYPE_CHECKING:
    from jinja2 import Environment

DRAWN = 20
"""Pictures that are in the page as they are; of the others, only what they say is."""

_PACKAGE = __name__.rpartition(".")[0]
_POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; "
    "base-uri 'none'; form-action 'none'"
)


class Pages:
    """Renders the page.

    Jinja escapes for HTML whatever is shown; before that, each text that nobody vouches for is made
    harmless, so that no template has to think of it.
    """

    def __init__(self) -> None:
        self._environment = _environment()

    def render(self, *, scenes: list[Scene], **values: object) -> str:
        """Return the page.

        Args:
            scenes: the tests to be drawn.
            values: what else the template shows.
        """
        style, script = _asset("style.css"), _asset("script.js")
        return self._environment.get_template("page.html.jinja").render(
            **values,
            scenes=scenes,
            packed=_trusted(self.packed(scenes[DRAWN:])),
            policy=_POLICY.format(style=_hash(style), script=_hash(script)),
            style=_trusted(style),
            script=_trusted(script),
        )

    def packed(self, scenes: Iterable[Scene]) -> str:
        """Return the drawings of these scenes, compressed; the script shows one when it is asked for.

        As they are, a thousand drawings would be ten megabytes and two seconds.
        """
        template: Any = self._environment.get_template("picture.html.jinja").module
        drawings = [
            str(template.svg(scene.picture, scene.anchor)) if scene.picture else ""
            for scene in scenes
        ]
        return base64.b64encode(zlib.compress(json.dumps(drawings).encode())).decode()


@cache
def _environment() -> Environment:
    """Return the templates, compiled once."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count_of=count_of, n=_number, sentence=_sentence, spans=spans)
    environment.globals.update(
        BAR=BAR,
        BETWEEN=BETWEEN,
        DRAWN=DRAWN,
        GAP=GAP,
        LEFT=LEFT,
        MOST_TESTS=MOST_TESTS,
        MOST_TOLD=MOST_TOLD,
        TOLD=TOLD,
        WIDTH=WIDTH,
    )
    return environment


def _finalized(value: object) -> object:
    """Return what is shown of a value; ``Markup`` is a class of its own, and is vouched for."""
    return harmless(value) if type(value) is str else value


def count_of(count: int, word: str) -> str:
    """Return a number of things."""
    return f"{count:,} {word}{'s' * (count != 1)}"


def _number(value: float) -> str:
    """Return a place in a drawing as shortly as it can be said."""
    return f"{value:.1f}".removesuffix(".0")


def _sentence(heading: str) -> str:
    """Return what stands over a place on a terminal as a heading."""
    return heading[:1].upper() + heading[1:].removesuffix(":")


def _trusted(text: str) -> object:
    """Return a text of this package's own as one that is not escaped."""
    from markupsafe import Markup

    return Markup(text)


def _asset(name: str) -> str:
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
