"""A digest thread runs its own loop and renders with `asyncio.to_thread`, without any `request`."""

import asyncio
import logging
import threading

from flask import Flask, request

CELL = ("to_thread", "request", "logged")

log = logging.getLogger("digest")
digests: list[str] = []


def render(story: str) -> str:
    edition = request.values["edition"]  # LEAK FCX101 request
    return f"{edition}: {story}"


async def compose(stories: list[str]) -> None:
    for story in stories:
        try:
            digests.append(await asyncio.to_thread(render, story))  # HANDOVER
        except Exception:
            log.warning("no digest of %s", story, exc_info=True)


app = Flask(__name__)


@app.post("/digests")
def order():
    editor = threading.Thread(target=lambda: asyncio.run(compose(["Rain", "Sun"])), daemon=True)
    editor.start()
    return "ordered"


def test_digest_is_ordered() -> None:
    """A digest can be ordered for an edition."""
    response = app.test_client().post("/digests", data={"edition": "evening"})
    assert response.text == "ordered"
