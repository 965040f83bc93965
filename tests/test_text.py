"""A finding as text: what a user reads, to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from builders import APP, LIBRARY, QUEUE_TASK, ROOT, finding, frame, handover, site
from hypothesis import given
from strategies import findings

from pytest_flaskctx.facts import ContextFact, OriginKind, RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.telling import MECHANISMS
from pytest_flaskctx.reports.text import headline, render

STORY = """\
FCX101 unbound-access: `request` used in thread 'ThreadPoolExecutor-0_0', which
has no request context

used here:
app.py:15: in process_task, thread 'ThreadPoolExecutor-0_0'
    incoming = request
    time.sleep(3)
>   return f"Processed {incoming}"
                       ^^^^^^^^^^

handed over here, by submit(), while serving POST /task (endpoint 'queue_task'):
app.py:20: in queue_task
>   pool.submit(process_task)
    ^^^^^^^^^^^^^^^^^^^^^^^^^
    called from tests/test_app.py:5 in post_task
    called from tests/test_app.py:11 in test_leak

why: Flask's proxies find only what their own thread pushed, a new thread has
nothing, and the error stays in a Future or a log where no test looks.

fix: Read what the task needs in queue_task, while the request is there, and
pass it:

    incoming_data = request.json
    pool.submit(process_task, incoming_data)

more: pytest --flaskctx-explain FCX101
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    monkeypatch.setattr("builders.ROOT", tmp_path)
    return tmp_path


def text(found: Finding, root: Path = ROOT, **options: int) -> str:
    return "\n".join(render(found, root=root, **options)) + "\n"


def test_story(root: Path) -> None:
    """The three places and the fix, on a terminal of 80 columns."""
    told = text(finding(), root)
    assert told == STORY
    assert max(map(len, told.splitlines())) <= 80


def test_unfolded(root: Path) -> None:
    """With ``-vv`` every frame of both stacks is there, with whose code it is."""
    told = text(finding(), root, verbose=2)
    for line in (
        "    app.py:15 in process_task  [user]",
        "    /usr/lib/python3.13/concurrent/futures/thread.py:59 in _WorkItem.run  [stdlib]",
        "    tests/test_app.py:11 in test_leak  [user]",
    ):
        assert line in told.splitlines()
    assert "called from" not in told


def test_many_callers_are_folded() -> None:
    """A deep recursion does not fill the screen."""
    stack = tuple(frame(number, "walk") for number in range(20))
    told = text(finding(site=site(function="walk"), stack=stack))
    assert "called from app.py:6 in walk" in told
    assert "app.py:7 in walk" not in told
    assert "and 13 more (pytest -vv)" in told


def test_site_that_is_in_no_frame() -> None:
    """Where the shown place is no frame of the stack, all of the user's frames are told."""
    assert "called from app.py:15 in process_task" in text(finding(site=site(function="else")))


@pytest.mark.parametrize("kind", get_args(OriginKind))
def test_every_mechanism_has_its_words(kind: OriginKind) -> None:
    """The mechanism is named as the user knows it."""
    assert f"handed over here, by {MECHANISMS[kind]}, while" in text(
        finding(handover=handover(kind))
    )


def test_nested() -> None:
    """A hand-over by a task is told with the hand-overs behind it, the nearest first."""
    chain = handover("timer", parent=handover("callback", parent=handover()))
    told = text(finding(handover=chain))
    assert "handed over here, by Timer.start(), in a task of POST /task (endpoint" in told
    second, first = (line for line in told.splitlines() if "that task was" in line)
    assert second.strip() == (
        "that task was handed over at app.py:20 in queue_task, by add_done_callback(), "
        "in a task of POST /task (endpoint 'queue_task')"
    )
    assert "by submit(), while serving POST /task" in first


def test_inline_callback() -> None:
    """A callback that ran during its registration is said to have done so."""
    told = text(finding(handover=handover("callback", inline=True)))
    assert "by add_done_callback(), and run at once, while serving" in " ".join(told.split())


def test_outside_any_request() -> None:
    """A hand-over by the test itself serves no request; the finding's own is told apart."""
    told = text(finding(handover=handover(request=None)))
    assert "handed over here, by submit(), outside any request:" in told
    assert "request: POST /task (endpoint 'queue_task')" in told


def test_no_rule_matched() -> None:
    """A request that no URL rule matched has no endpoint."""
    request = RequestFact("GET", "/<path>", None)
    told = text(finding(handover=handover(request=request)))
    assert "while serving GET /<path> (no endpoint):" in told


def test_no_known_task(root: Path) -> None:
    """A worker fed by a queue is shown with where its thread was started."""
    started = handover("thread", request=None)
    told = text(finding(handover=None, started=started, request=None), root)
    assert "no task is known for it; its thread was started here, by Thread.start()" in told
    process = text(finding(handover=None, started=handover("process"), request=None), root)
    assert "no task is known for it; its process was started here, by Process.start()" in process
    assert ">   pool.submit(process_task)" in told


def test_a_requests_own_thread_had_nothing_handed_over() -> None:
    """Where the request is known and no task is, the request's own thread did it."""
    told = text(finding(handover=None))
    assert "request: POST /task (endpoint 'queue_task')" in told
    assert "no task is known" not in told


def test_what_a_task_did_unseen_is_shown_where_it_was_handed_over(root: Path) -> None:
    """Once: no other line of it is known."""
    handed = handover()
    told = text(finding(handover=handed, site=handed.site, stack=handed.origin.stack), root)
    assert told.count(">   pool.submit(process_task)") == 1
    assert "used here:" not in told


def test_context_that_came_with_its_process(root: Path) -> None:
    """Which request it came from is told; that a pool calls ``start`` itself is no news."""
    started = handover("process", request=RequestFact("GET", "/first", "first"))
    told = text(finding(started=started), root)
    assert "the context came with the process, forked here, while serving GET /first" in told
    hidden = handover("process")._replace(site=None)
    lone = text(finding(handover=None, started=hidden))
    assert "its process was started outside your code, by Process.start(), while serving" in lone


def test_nothing_known() -> None:
    """A thread of which nothing is known is said to be one."""
    told = text(finding(handover=None, request=None))
    assert "no task is known for it, nor where its thread was started" in told


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("handover", "handed over outside your code, by submit(), while serving POST /task"),
        ("started", "its thread was started outside your code, by submit(), while serving"),
    ],
)
def test_place_outside_the_users_code(key: str, words: str) -> None:
    """A hand-over that no line worth showing made is told without a place."""
    hidden = handover(parent=handover())._replace(site=None)
    told = text(finding(**{"handover": None, key: hidden}))
    assert words.replace("while serving", "in a task of") in told
    assert "that task was handed over at app.py:20 in queue_task" in told


def test_ancestor_outside_the_users_code() -> None:
    """The same holds for the hand-overs behind a hand-over."""
    hidden = handover()._replace(site=None)
    told = text(finding(handover=handover(parent=hidden)))
    assert "that task was handed over outside your code, by submit()" in told


@pytest.mark.parametrize(
    ("request_fact", "of_request", "over", "words"),
    [
        (
            QUEUE_TASK,
            True,
            True,
            "of POST /task (endpoint 'queue_task'), pushed by thread 'T', over",
        ),
        (None, False, False, "of no request, pushed by thread 'T', alive"),
        (None, True, False, "of a request, pushed by thread 'T', alive"),
    ],
)
def test_context(
    request_fact: RequestFact | None, of_request: bool, over: bool, words: str
) -> None:
    """A context that was read is told with its request, its owner and whether it is over."""
    context = ContextFact(request_fact, "T", False, over, False, False, of_request)
    told = " ".join(text(finding(context=context)).split())
    assert f"the context it read: {words}" in told


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("setup", "in the setup of its test"),
        ("teardown", "in the teardown of its test"),
        ("late", "late: its test was over already"),
    ],
)
def test_phase(phase: str, words: str) -> None:
    """What did not happen in the test's body is said to have happened elsewhere."""
    assert words in text(finding(phase=phase)).splitlines()


def test_tests_and_count() -> None:
    """A site that several tests share is told with them; of many, the first ones."""
    told = text(finding(count=30, tests=tuple(f"test_{number:02}" for number in range(12))))
    assert "seen 30 times, in 12 tests:\n    test_00\n" in told
    assert "    test_09\n    and 2 more\n" in told
    assert "seen 3 times\n" in text(finding(count=3))
    assert "seen" not in text(finding())


def test_reason() -> None:
    """Why it is allowed stands with it."""
    assert "allowed: see ticket 12" in text(finding(status="allowed", reason="see ticket 12"))


def test_unfinished_work() -> None:
    """Where no proxy was used, the place is where the work stands."""
    assert "still running here:" in text(finding(proxy="", code="FCX901"))


def test_no_hint() -> None:
    """Without a hint there is no empty fix."""
    assert "fix:" not in text(finding(hint=""))


@given(findings)
def test_nothing_raw_reaches_the_terminal(found: Finding) -> None:
    """Whatever a thread, a rule or a file is called, each line is one line of printable text."""
    for line in [headline(found), *render(found, root=ROOT), *render(found, root=ROOT, verbose=2)]:
        assert len(f"{line}.".splitlines()) == 1
        assert "\x1b" not in line
        line.encode()


def test_headline() -> None:
    """One line says what is wrong and where it was handed over."""
    assert headline(finding()) == (
        "FCX101 unbound-access: `request` used in thread 'ThreadPoolExecutor-0_0', "
        "which has no request context (at app.py:15, handed over at app.py:20)"
    )
    assert headline(finding(handover=None)).endswith("(at app.py:15)")
    known = handover()
    assert known.site is not None
    assert headline(finding(site=known.site, handover=known)).endswith("(at app.py:20)")
    assert headline(finding(site=site(line=0), handover=None)).endswith("no request context")


def lasting(**changes: object) -> Finding:
    """Return unfinished work whose only line of the user's is that of its hand-over."""
    handed = handover()
    plain = {"code": "FCX901", "rule": "unfinished-work", "proxy": "", "site": handed.site}
    return finding(**plain, handover=handed, **changes)


def test_work_that_had_not_begun_is_shown_where_it_was_handed_over(root: Path) -> None:
    """Once; it runs nowhere, and in no thread."""
    told = text(lasting(stack=(), thread=""), root)
    assert told.count(">   pool.submit(process_task)") == 1
    assert "still running" not in told
    assert "thread ''" not in told


def test_work_that_is_all_a_librarys_tells_where_it_stands(root: Path) -> None:
    """In words, for its source tells nothing; every frame of it only where all are asked for."""
    stack = (frame(59, "_WorkItem.run", LIBRARY), frame(90, "_worker", LIBRARY))
    told = text(lasting(stack=stack, thread="mailer"), root)
    assert told.count(">   pool.submit(process_task)") == 1
    assert "still running in thread 'mailer', in code that is not yours:" in told
    assert "in _WorkItem.run" in told
    assert "in _worker" not in told
    assert "in _worker" in text(lasting(stack=stack, thread="mailer"), root, verbose=2)
