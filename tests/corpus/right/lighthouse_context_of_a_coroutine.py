"""Coroutines push contexts that nobody pops: each ends with its coroutine."""

import asyncio
import unittest

from flask import Flask, current_app, g, has_app_context

MUTANT = "body-over"

app = Flask(__name__)
app.config["LAMPS"] = ("north", "south")


async def watch(lamp: str) -> str:
    app.app_context().push()
    g.lamp = lamp
    await asyncio.sleep(0)
    return f"{g.lamp} of {len(current_app.config['LAMPS'])}"


async def watch_all() -> list[str]:
    return list(await asyncio.gather(*map(watch, app.config["LAMPS"])))


def test_each_lamp_is_watched() -> None:
    """Every watch has a `g` of its own."""
    assert asyncio.run(watch_all()) == ["north of 2", "south of 2"]
    assert not has_app_context()


class NightTest(unittest.IsolatedAsyncioTestCase):
    """A night on the lighthouse."""

    def setUp(self) -> None:
        """Bind the app for the night, in the context of the test's own."""
        app.app_context().push()

    async def test_lamp_is_lit(self) -> None:
        """One lamp is watched in the night."""
        assert await watch("north") == "north of 2"
