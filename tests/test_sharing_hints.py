"""A context of its own for each task, written from the user's own hand-over."""

from __future__ import annotations

import ast
import textwrap

import pytest

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints import own_copy

COPY = "copy_current_request_context"


def lines(call: str, kind: OriginKind = "submit") -> list[str]:
    """Return the code to paste for a hand-over."""
    text = own_copy(("request",), call, kind)
    code = [line for line in text.splitlines() if line.startswith("    ")]
    ast.parse(textwrap.dedent("\n".join(code)))
    return textwrap.dedent("\n".join(code)).splitlines()


@pytest.mark.parametrize(
    ("call", "repaired"),
    [
        ("pool.submit(work, item)", f"pool.submit({COPY}(work), item)"),
        ("pool.submit(fn=work)", f"pool.submit(fn={COPY}(work))"),
        ("Thread(target=self.work).start()", f"Thread(target={COPY}(self.work)).start()"),
        ("threading.Timer(3, work)", f"threading.Timer(3, {COPY}(work))"),
        ("asyncio.to_thread(work, 1)", f"asyncio.to_thread({COPY}(work), 1)"),
        ("loop.run_in_executor(None, work)", f"loop.run_in_executor(None, {COPY}(work))"),
        ("pool.apply_async(work, (1,))", f"pool.apply_async({COPY}(work), (1,))"),
        ("future.add_done_callback(work)", f"future.add_done_callback({COPY}(work))"),
    ],
)
def test_a_call_makes_its_own_copy(call: str, repaired: str) -> None:
    """Only the function changes; the rest of the user's line stays."""
    assert lines(call) == [repaired]


def test_of_several_hand_overs_none_is_rewritten() -> None:
    """Which of them it is nobody can tell, and all of them may need it."""
    assert own_copy(("request",), "gather(to_thread(work), to_thread(work))", "to_thread") == ""


EACH = "[future.{}() for future in futures]"
RESULT, GET = EACH.format("result"), EACH.format("get")


@pytest.mark.parametrize(
    ("kind", "call", "calls", "results", "place"),
    [
        (
            "map",
            'list(pool.map(work, request.json["ids"]))',
            f'[pool.submit({COPY}(work), each) for each in request.json["ids"]]',
            RESULT,
            'list(pool.map(work, request.json["ids"]))',
        ),
        (
            "map",
            "pool.map(work, names, ages)",
            f"[pool.submit({COPY}(work), *each) for each in zip(names, ages)]",
            RESULT,
            "pool.map(work, names, ages)",
        ),
        (
            "map",
            "sorted(pool.map(work, names), reverse=True)",
            f"[pool.submit({COPY}(work), each) for each in names]",
            RESULT,
            "pool.map(work, names)",
        ),
        (
            "threadpool",
            "pool.map(draw, tiles, 2)",
            f"[pool.apply_async({COPY}(draw), (each,)) for each in tiles]",
            GET,
            "pool.map(draw, tiles, 2)",
        ),
        (
            "threadpool",
            "pool.starmap_async(draw, tiles).get()",
            f"[pool.apply_async({COPY}(draw), each) for each in tiles]",
            GET,
            "pool.starmap_async(draw, tiles).get()",
        ),
        (
            "threadpool",
            "pool.imap(draw, tiles, 3)",
            f"[pool.apply_async({COPY}(draw), (each,)) for each in tiles]",
            GET,
            "pool.imap(draw, tiles, 3)",
        ),
    ],
)
def test_a_map_becomes_calls_whose_results_are_kept(
    kind: OriginKind, call: str, calls: str, results: str, place: str
) -> None:
    """Each item gets a call of its own, and the results stand where they stood."""
    assert lines(call, kind) == [f"futures = {calls}", f"results = {results}"]
    assert f"Put `results` in the place of `{place}`." in own_copy(("request",), call, kind)


def test_a_map_whose_results_are_got_elsewhere() -> None:
    """The wait stays where it is."""
    call = "pool.map_async(draw, tiles)"
    assert lines(call, "threadpool") == [
        f"futures = [pool.apply_async({COPY}(draw), (each,)) for each in tiles]"
    ]
    text = own_copy(("request",), call, "threadpool")
    assert f"In the place of its `get()` write `{GET}`." in text


def test_what_is_said_around_the_code() -> None:
    """The value comes first; a decorator is to be taken off."""
    lead, *rest = own_copy(("request",), "pool.submit(work, item)").splitlines()
    assert lead == (
        "Pass the values that `work` needs, and no context. "
        "Where it needs the request itself, give each task a copy of its own:"
    )
    assert rest == [
        f"    pool.submit({COPY}(work), item)",
        "Take the decorator off `work` itself: each of these calls makes a copy.",
    ]


def test_what_is_copied_in_the_call_has_no_decorator() -> None:
    """One copy made for a whole map: the function in it is handed over for each item."""
    text = own_copy(("request",), f"pool.map({COPY}(work), items)")
    assert f"[pool.submit({COPY}(work), each) for each in items]" in text
    assert "decorator" not in text


def test_an_application_context_is_pushed_by_the_task() -> None:
    """The function is named where the hand-over names it."""
    assert own_copy(("app",), "pool.map(self.count, shelves)").splitlines() == [
        "Pass the application, and let `count` push a context of its own:",
        "    with app.app_context():",
        "        ...",
    ]


@pytest.mark.parametrize("slot", ["request", "app"])
@pytest.mark.parametrize(
    "call",
    ["", "worker.start()", "pool.submit(*given)", "pool.map(lambda x: x, y)", "pool.submit()", "("],
)
def test_what_cannot_be_read_is_not_rewritten(slot: str, call: str) -> None:
    """Nothing is guessed of a hand-over that names no function."""
    assert own_copy((slot,), call) == ""


def test_a_map_without_its_items_is_not_rewritten() -> None:
    """There is nothing to write a loop of."""
    assert own_copy(("request",), "pool.map(func=work, iterable=items)") == ""
    assert own_copy(("request",), "map(work, items)") == ""
