"""A consumer passes on whatever it is asked to its client, which is a mock in this test.

Its thread has each name that anybody could ask for. A later request hands a copied context over
twice, and waits between.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)


class Consumer(threading.Thread):
    def __init__(self, client) -> None:
        super().__init__()
        self.client = client

    def __getattr__(self, name: str):
        return getattr(self.__dict__["client"], name)

    def run(self) -> None:
        self.client.poll()


class Settings(threading.Thread):
    def __init__(self, **known: str) -> None:
        super().__init__()
        self.__dict__["known"] = known

    def __getattr__(self, name: str) -> str:
        return self.__dict__["known"][name]

    def run(self) -> None:
        assert self.colour == "red"


class Frozen(ThreadPoolExecutor):
    def __init__(self) -> None:
        super().__init__(max_workers=1)
        vars(self)["ready"] = True

    def __setattr__(self, name: str, value: object) -> None:
        if getattr(self, "ready", False) and not hasattr(self, name):
            raise TypeError(f"{name} is not to be set")
        super().__setattr__(name, value)


@app.get("/beacon")
def beacon():
    shine = copy_current_request_context(lambda: request.args["colour"])
    first = pool.submit(shine)
    while not first.done():
        pass
    return first.result() + pool.submit(shine).result()


def test_all_is_polled() -> None:
    """Threads of these kinds run as any others."""
    consumer = Consumer(mock.Mock())
    for thread in (consumer, Settings(colour="red")):
        thread.start()
        thread.join()
    consumer.client.poll.assert_called_once_with()


def test_the_beacon_shines_twice() -> None:
    """Each time in the colour that was asked for."""
    assert app.test_client().get("/beacon?colour=red").text == "redred"


def test_a_pool_may_be_frozen() -> None:
    """It does its work all the same."""
    with Frozen() as frozen:
        assert frozen.submit(int, "3").result() == 3
