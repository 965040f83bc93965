"""A real browser, for the tests that need one.

Any Chromium will do: the one that ``$FLASKCTX_CHROMIUM`` names, or one on the ``PATH``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import ORIGIN, Visit, chromium

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on the PATH, and $FLASKCTX_CHROMIUM names none")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens a page; a policy is sent as a server would."""
    contexts = []

    def opened(text: str, policy: str | None = None, anchor: str = "", **context: Any) -> Visit:
        contexts.append(browser.new_context(viewport={"width": 1200, "height": 900}, **context))
        contexts[-1].set_default_timeout(10_000)
        made = Visit(contexts[-1].new_page())
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if policy:
            headers["Content-Security-Policy"] = policy
        made.page.route(
            f"{ORIGIN}/**", lambda route: route.fulfill(status=200, headers=headers, body=text)
        )
        made.page.goto(f"{ORIGIN}/report.html{anchor}")
        return made

    yield opened
    for context in contexts:
        context.close()
