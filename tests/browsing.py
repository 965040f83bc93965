"""A visit of a page in a browser."""

from __future__ import annotations

import os
import shutil
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ORIGIN = "http://artefacts.example"
"""Where the pages are said to lie; nothing is asked of any network."""


class Visit:
    """One visit of a page: the browser's page, and what it asked for and complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.answers: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("response", lambda response: self.answers.append(response.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


def chromium() -> str | None:
    """Return the path of a browser."""
    named = os.environ.get("FLASKCTX_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)
