"""Pools of the app run each job in the request's context, which a slotted job or an item keeps."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, request

MUTANT = "proxy-in-scope"


@dataclass(slots=True)
class Job:
    context: Context
    play: Any

    def __call__(self, *args):
        return self.context.run(self.play, *args)


class Item:
    def __init__(self, play) -> None:
        self.play, self.context = play, copy_context()


def perform(item: Item, *args):
    return item.context.run(item.play, *args)


class Stage(ThreadPoolExecutor):
    def submit(self, fn, *args):
        return super().submit(Job(copy_context(), fn), *args)


class Cellar(ThreadPoolExecutor):
    def submit(self, fn, *args):
        return super().submit(perform, Item(fn), *args)


def title(visit) -> str:
    return visit.args["play"]


@pytest.fixture
def client():
    app = Flask(__name__)
    stage, cellar = Stage(max_workers=1), Cellar(max_workers=1)

    @app.get("/tonight")
    def tonight():
        plays = [pool.submit(title, request) for pool in (stage, cellar)]
        return [play.result(timeout=5) for play in plays]

    yield app.test_client()
    stage.shutdown()
    cellar.shutdown()


def test_both_houses_play(client) -> None:
    """The same play is given twice."""
    assert client.get("/tonight?play=Faust").json == ["Faust", "Faust"]
