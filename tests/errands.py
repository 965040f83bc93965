"""What tests give to other processes: functions that a spawned one can import."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from typing import Any

from flask import request

METHODS = multiprocessing.get_all_start_methods()
"""How processes can be started here."""


def size(*args: object) -> str:
    """Ask for the size that was ordered, and answer all the same."""
    try:
        return request.args["size"]
    except Exception:
        return "none"


def insist(*args: object) -> str:
    """Ask for the size, whatever comes of it."""
    return request.args["size"]


def size_and_gone() -> None:
    """Ask for the size, and die of it without another word."""
    size()
    os._exit(3)


def size_in_thread() -> None:
    """Ask for the size in a thread of this process."""
    asking = threading.Thread(target=size)
    asking.start()
    asking.join()


def size_in_process(method: str) -> None:
    """Ask for the size in a child of this process."""
    asking: Any = multiprocessing.get_context(method).Process(target=size)  # type: ignore[attr-defined]
    asking.start()
    asking.join()


def double(number: int) -> int:
    """Ask nobody."""
    return 2 * number


def open_when(gate: Any, function: Callable[[], object]) -> None:
    """Call ``function`` when ``gate`` is open."""
    assert gate.wait(20)
    function()


class Asking(multiprocessing.Process):
    """A process that asks by overriding ``run``."""

    def run(self) -> None:
        size()


class Stubborn(Asking):
    """One that is pickled in a way of its own."""

    def __reduce__(self) -> Any:
        return Stubborn, ()
