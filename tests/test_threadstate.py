"""Threads: known by a token that is never reused, and by a name that costs no dummy."""

from __future__ import annotations

import _thread
import threading

from watching import PATIENCE, run_thread

from pytest_flaskctx.threadstate import here


def test_a_token_is_never_reused() -> None:
    """Fifty threads one after the other have fifty tokens, however many idents."""
    tokens: set[int] = set()
    for _ in range(50):
        run_thread(lambda: tokens.add(here().token))
    assert len(tokens) == 50
    assert here().token not in tokens


def test_a_thread_is_called_by_its_name() -> None:
    """A thread that Python started has the name it began with."""
    names: list[str] = []
    thread = threading.Thread(target=lambda: names.append(here().name), name="mailer")
    thread.start()
    thread.join(PATIENCE)
    assert names == ["mailer"]
    assert here().name == threading.current_thread().name


def test_an_unknown_thread_leaves_no_dummy() -> None:
    """Asking the name of a thread that Python did not start registers nothing."""
    answers: list[object] = []
    done = threading.Event()

    def work() -> None:
        answers.append(here().name)
        answers.append(threading.get_ident())
        answers.append([each.ident for each in threading.enumerate()])
        done.set()

    _thread.start_new_thread(work, ())
    assert done.wait(PATIENCE)
    name, ident, known = answers
    assert name == f"thread {ident}"
    assert ident not in known  # type: ignore[operator]
