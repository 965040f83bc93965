"""Isolation as a whole, without pytest: what may be asked for, and what it comes to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.isolation import exploring, following, isolating
from pytest_flaskctx.isolation.isolating import (
    Asked,
    Explored,
    Isolation,
    crowds_of,
    groups_of,
)
from pytest_flaskctx.isolation.reach import Reach
from pytest_flaskctx.isolation.replaying import read
from pytest_flaskctx.isolation.schedules import schedule
from pytest_flaskctx.ownership import Ownership

Make = Callable[..., ModuleType]

SHOP = """\
from flask import Flask, request

app = Flask(__name__)
user = None

@app.post("/login")
def login():
    global user
    user = request.form["user"]
    size = len(user)
    return {"user": user}

def visit(client, token):
    return client.post("/login", data={"user": token})
"""
CALM = """\
from flask import Flask, request

app = Flask(__name__)

@app.post("/login")
def login():
    user = request.form["user"]
    size = len(user)
    return {"user": user}

def visit(client, token):
    return client.post("/login", data={"user": token})

def factory():
    return app
"""


@pytest.fixture
def isolation(tmp_path: Path) -> Callable[..., Isolation]:
    """Make one of the visits and the app of a module of the user's."""

    def make(made: ModuleType, call: int = 1, **asked: Any) -> Isolation:
        known: dict[str, Any] = {
            "visits": (made.visit,),
            "app": made.app,
            "copies": 2,
            "oracle": "token",
            "expect": None,
            "shared": (),
            "reset": None,
            "max_schedules": 60,
            "max_seconds": 60.0,
            "seed": "seed",
        }
        return Isolation(Asked(**known | asked), Reach(Ownership(tmp_path)), tmp_path, call)

    return make


Isolate = Callable[..., Isolation]


def test_a_bleed_is_told_with_all_that_is_known_of_it(module: Make, isolation: Isolate) -> None:
    """The shortest schedule, the holder, the place where it was read, and what to write instead."""
    explored = isolation(module(SHOP, "shop_that_bleeds"), call=3).explore()
    bleed, site = explored.bleed, explored.site
    assert bleed is not None
    assert site is not None
    assert (bleed.kind, bleed.tier, bleed.visits) == ("token", "guided", ("visit", "visit"))
    assert (bleed.what, bleed.holder) == ("module global", "shop_that_bleeds.user")
    assert bleed.evidence == "the body of POST /login (endpoint 'login')"
    assert [(step.participant, step.line, step.role) for step in bleed.steps if step.role] == [
        ("A", 9, "writes"),
        ("B", 9, "writes"),
        ("A", 10, "reads"),
    ]
    assert (site.file, site.line, site.function) == ("shop_that_bleeds.py", 10, "login")
    assert site.expression == "size = len(user)"
    assert explored.message == (
        "the body of POST /login (endpoint 'login') for visitor A has data of visitor B, "
        "beside another request"
    )
    assert "g.user = ..." in explored.hint
    assert explored.replay is not None
    assert str(explored.replay) == bleed.replay
    assert bleed.replay.startswith("1.3.0-0.A")
    assert explored.result.verdict == "bleeds"
    assert not explored.result.isolated
    assert (explored.result.reason, explored.result.structural) == ("", False)


def test_the_same_seed_finds_the_same_schedule(module: Make, isolation: Isolate) -> None:
    """Every time."""
    made = module(SHOP)
    found = [isolation(made).explore().bleed for _ in range(3)]
    assert found[0] is not None
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("app", ["app", "factory"])
def test_what_does_not_bleed_is_isolated(module: Make, isolation: Isolate, app: str) -> None:
    """With what was explored."""
    made = module(CALM, f"calm_{app}")
    result = isolation(made, app=getattr(made, app)).explore().result
    assert result.isolated
    assert (result.verdict, result.reason, result.structural) == ("isolated", "", False)
    assert result.both_in == (
        f"calm_{app}.py:7",
        f"calm_{app}.py:8",
        f"calm_{app}.py:9",
    )
    assert {"serial", "guided", "one preemption"} <= set(result.tiers)
    assert result.schedules > 10
    assert result.steps > result.schedules * result.points > 0
    assert (result.not_put_back, result.seed) == ((), "seed")


def test_a_bleed_replays_itself(module: Make, isolation: Isolate) -> None:
    """Just that schedule, after the runs by which it is judged."""
    made = module(SHOP)
    first = isolation(made).explore()
    assert first.replay is not None
    again = isolation(made).replay(read(str(first.replay)))
    assert again.bleed is not None
    assert first.bleed is not None
    assert (again.bleed.schedule, again.bleed.holder) == (first.bleed.schedule, first.bleed.holder)
    assert again.result.schedules < first.result.schedules + 5


LEFT = """\
import threading
from flask import Flask, request

app = Flask(__name__)
local = threading.local()

@app.post("/login")
def login():
    before = getattr(local, "user", "")
    local.user = request.form["user"]
    return {"before": before}

def visit(client, token):
    return client.post("/login", data={"user": token})
"""


def test_what_bleeds_in_turn_is_told_so(module: Make, isolation: Isolate) -> None:
    """It needs no schedule, and is found again without one; it replays all the same."""
    made = module(LEFT, "shop_that_leaves")
    explored = isolation(made).explore()
    assert explored.bleed is not None
    assert (explored.bleed.tier, explored.bleed.schedule) == ("serial", "one after the other")
    assert (explored.bleed.what, explored.bleed.holder) == (
        "thread-local",
        "shop_that_leaves.local.user",
    )
    assert explored.replay is None
    assert "after another request" in explored.message
    again = isolation(made).replay(read(explored.bleed.replay))
    assert again.bleed is not None
    assert again.bleed.tier == "serial"


def test_a_replay_that_bleeds_no_longer_says_so(module: Make, isolation: Isolate) -> None:
    """On the very same lines."""
    made = module(CALM)
    calm = isolation(made)
    with calm._runner.ready():
        run = calm._explorer.replay((0, 0), schedule((0, 2)), fine=False)
    replay = isolating.Replay(1, (0, 0), schedule((0, 2)), "l", isolating.replaying.digest(run))
    result = isolation(made).replay(replay).result
    assert (result.verdict, result.reason) == (
        "inconclusive",
        f"the replay {replay} fits, and nothing bled",
    )


def test_a_replay_of_other_code_is_refused(module: Make, isolation: Isolate) -> None:
    """A schedule means nothing on other lines."""
    made = module(SHOP)
    with pytest.raises(IsolationError) as raised:
        isolation(made).replay(read("1.1.0-0.A3-B.l.00000000"))
    assert str(raised.value) == (
        "the code changed since: the replay 1.1.0-0.A3-B.l.00000000 no longer fits the lines that "
        "are run"
    )


def test_a_replay_of_visits_that_there_are_not_is_refused(module: Make, isolation: Isolate) -> None:
    """The call has fewer now."""
    with pytest.raises(IsolationError, match=r"names visits that this call does not have$"):
        isolation(module(SHOP)).replay(read("1.1.0-1.A3-B.l.00000000"))


def test_what_failed_before_is_tried_first(module: Make, isolation: Isolate) -> None:
    """It is told with its own name for a tier."""
    made = module(SHOP)
    first = isolation(made).explore()
    assert first.replay is not None
    again = isolation(made).explore([((0, 0), first.replay.schedule, False)])
    assert again.bleed is not None
    assert again.bleed.tier == "failed before"


def test_a_process_that_cannot_be_explored_is_refused(
    module: Make, isolation: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is tried."""
    monkeypatch.setattr(isolating.refusing.sys, "platform", "wasi")
    with pytest.raises(IsolationError, match="no threads on wasi"):
        isolation(module(SHOP)).explore()


def test_a_database_that_cannot_be_explored_is_refused(module: Make, isolation: Isolate) -> None:
    """Whoever made it."""
    made = module(
        CALM
        + "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\n"
        + "engine = create_engine('sqlite://', poolclass=StaticPool)\n"
    )
    for app in (made.app, made.factory):
        with pytest.raises(IsolationError, match=r"\(StaticPool\)"):
            isolation(made, app=app).explore()


def view(*lines: str, before: str = "") -> str:
    """Return a shop with one view of these lines."""
    body = "\n".join(f"    {line}" for line in lines)
    return (
        f"from flask import Flask, request\nimport threading, time\napp = Flask(__name__)\n{before}\n"
        f"@app.post('/login')\ndef login():\n{body}\n    return 'ok'\n\n"
        "def visit(client, token):\n    client.post('/login', data={'user': token})\n"
    )


def test_a_view_without_lines_that_could_overlap_tells_nothing(
    module: Make, isolation: Isolate
) -> None:
    """It is no pass."""
    made = module(
        """
        from flask import Flask
        app = Flask(__name__)
        app.add_url_rule("/", "index", dict)

        def visit(client, token):
            return client.get("/")
        """
    )
    explored = isolation(made).explore()
    assert explored.result.reason == (
        "the requests never overlapped: none of their lines is yours, or all is one line"
    )
    assert (explored.result.verdict, explored.result.structural) == ("inconclusive", True)
    assert explored.bleed is None


def test_a_lock_that_keeps_requests_apart_is_named(module: Make, isolation: Isolate) -> None:
    """Nothing is known of what is in it."""
    source = view("pass", before="lock = threading.Lock()\n").replace(
        "    client.post", "    with lock:\n        client.post"
    )
    result = isolation(module(source, "locked_shop")).explore().result
    assert result.reason == "the requests never overlapped: locked_shop.lock keeps them apart"
    assert result.structural


def test_code_that_cannot_be_seen_into_is_named(module: Make, isolation: Isolate) -> None:
    """Where a participant waited in it."""
    made = module(CALM, "blocking_shop")
    calm = isolation(made)
    explorer = calm._explorer

    def explore(first: Any) -> None:
        run = explorer.replay((0, 0), (), fine=False)
        explorer.overlap.lines.clear()
        explorer.overlap.asleep.add(run.points[1])

    explorer.explore = explore  # type: ignore[method-assign]
    assert calm.explore().result.reason == (
        "the requests never overlapped: code in C blocked at blocking_shop.py:7 in login"
    )


def test_a_visit_that_spins_is_named(
    module: Make, isolation: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no error of the program's that could be told."""
    made = module(view("while True:", "    pass"), "spinning_shop")
    spins = isolation(made)
    spins._explorer._limit = lambda group: 50  # type: ignore[method-assign]
    result = spins.explore().result
    assert result.verdict == "inconclusive"
    assert result.reason.startswith("visitor A runs on without end, at spinning_shop.py:")


def test_a_visit_that_waits_for_ever_is_an_error(module: Make, isolation: Isolate) -> None:
    """Which names the lock and the line."""
    source = view("lock.acquire()", before="lock = threading.Lock()\nlock.acquire()")
    made = module(source, "waiting_shop")
    with pytest.raises(IsolationError) as raised:
        isolation(made).explore()
    lines = str(raised.value).splitlines()
    assert lines[0] == "the visit visit never ends alone"
    assert lines[1] == "  A at waiting_shop.py:8 in login waits for waiting_shop.lock"


def test_what_a_visit_raises_by_itself_is_raised(module: Make, isolation: Isolate) -> None:
    """As it is, and not as a bleed."""
    made = module(CALM + "\ndef fails(client, token):\n    raise LookupError('its own')\n")
    with pytest.raises(LookupError, match="its own"):
        isolation(made, visits=(made.fails,)).explore()


def test_the_time_may_end(module: Make, isolation: Isolate) -> None:
    """That is no fault of the program's."""
    result = isolation(module(CALM), max_seconds=1e-6).explore().result
    assert (result.verdict, result.reason, result.structural) == (
        "inconclusive",
        "the time ended",
        False,
    )


MOVES = """\
from itertools import count
from flask import Flask, request

app = Flask(__name__)
numbers = count()

@app.post("/login")
def login():
    number = next(numbers)
    return {"user": request.form["user"]}

def visit(client, token):
    return client.post("/login", data={"user": token})
"""


def test_what_cannot_be_put_back_is_said(
    module: Make, isolation: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that places were left out, where there are too many."""
    monkeypatch.setattr(following, "MOST", 60)
    result = isolation(module(MOVES, "moving_shop")).explore().result
    assert result.not_put_back[-1] == "places beyond the first few thousand"
    monkeypatch.undo()
    result = isolation(module(MOVES, "moving_shop_too")).explore().result
    assert result.not_put_back == ("moving_shop_too.numbers",)


def test_keys_are_told_where_they_stand_in_the_users_source(
    module: Make, isolation: Isolate
) -> None:
    """Others may be data of a request."""
    source = SHOP.replace("user = None", "users = {'last': None}").replace("    global user\n", "")
    source = source.replace("user = request", "users['last'] = request").replace(
        "len(user)", "len(users['last'])"
    )
    told = isolation(module(source.replace(": user}", ": users['last']}"), "keyed_shop"))
    bleed = told.explore().bleed
    assert bleed is not None
    assert bleed.holder == "keyed_shop.users['last']"


def test_a_bleed_within_a_line_is_told_so(
    module: Make, isolation: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its replay knows, too."""
    monkeypatch.setitem(exploring.SHARES, "random", 0.0)
    source = SHOP.replace('    user = request.form["user"]\n    size = len(user)\n', "").replace(
        '    return {"user": user}',
        '    user = request.form["user"]; return {"user": user}',
    )
    made = module(source, "shop_in_a_line")
    explored = isolation(made, max_schedules=300).explore()
    assert explored.bleed is not None
    assert (explored.bleed.tier, explored.bleed.within_line) == ("instructions", True)
    assert explored.replay is not None
    again = isolation(made).replay(explored.replay)
    assert again.bleed is not None
    assert again.bleed.within_line


def test_a_schedule_that_has_to_be_given_up_is_no_shorter_one(
    module: Make, isolation: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that bled stands."""
    made = module(SHOP)
    found = isolation(made)
    tried: list[int] = []

    def replay(*of: Any, **how: Any) -> Any:
        if "observe" in how:
            return plain(*of, **how)
        tried.append(1)
        raise exploring.Stopped(None)  # type: ignore[arg-type]

    plain = found._explorer.replay
    monkeypatch.setattr(found._explorer, "replay", replay)
    bleed = found.explore().bleed
    assert bleed is not None
    assert bleed.holder.endswith(".user")
    assert tried


def test_a_bleed_that_does_not_come_again_is_told_as_it_came(
    module: Make, isolation: Isolate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the run that showed it got."""
    made = module(SHOP, "shop_for_once")
    found = isolation(made)
    plain = found._explorer.replay
    monkeypatch.setattr(
        found._explorer,
        "replay",
        lambda group, entries, **how: plain(group, schedule((0, None)), **how),
    )
    explored = found.explore()
    assert explored.bleed is not None
    assert explored.bleed.evidence == "the body of POST /login (endpoint 'login')"
    assert explored.site is not None
    assert explored.site.file == "shop_for_once.py"
    assert explored.message.endswith("has data of visitor B, beside another request")


def test_a_visit_may_be_an_object(module: Make, isolation: Isolate) -> None:
    """It goes by its class; a wrapped one by what it wraps."""
    made = module(
        SHOP
        + """
from functools import partial, wraps

class Pays:
    def __call__(self, client, token):
        return visit(client, token)

def wrapped(function):
    @wraps(function)
    def inner(*given):
        return function(*given)
    return inner

pays, wraps_it = Pays(), wrapped(visit)
"""
    )
    for each, name in ((made.pays, "Pays"), (made.wraps_it, "visit")):
        bleed = isolation(made, visits=(each,)).explore().bleed
        assert bleed is not None
        assert bleed.visits == (name, name)


def test_who_is_to_see_what_may_be_told(module: Make, isolation: Isolate) -> None:
    """What all share is no bleed, what the user expects has to hold, and outcomes are compared."""
    made = module(SHOP)
    shared = isolation(made, shared=(r"t[a-z2-7]{15}",)).explore()
    assert shared.result.isolated
    resets: list[int] = []
    asked = {"shared": (r"t[a-z2-7]{15}",), "reset": lambda: resets.append(1)}
    expected = isolation(
        made, expect=lambda got, token: got.json["user"] == token, **asked
    ).explore()
    assert expected.bleed is not None
    assert expected.bleed.kind == "expect"
    serial = isolation(made, oracle="serial", **asked).explore()
    assert serial.bleed is not None
    assert serial.bleed.kind == "serial"
    assert len(resets) == expected.result.schedules + serial.result.schedules


def test_each_visit_meets_itself_and_every_other() -> None:
    """Two at a time."""
    assert groups_of(1) == ((0, 0),)
    assert groups_of(3) == ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


@pytest.mark.parametrize(
    ("count", "copies", "crowds"),
    [
        (1, 2, ()),
        (2, 2, ()),
        (1, 3, ((0, 0, 0),)),
        (2, 3, ((0, 0, 0), (1, 1, 1))),
        (3, 2, ((0, 1, 2),)),
        (3, 4, ((0, 0, 0, 0), (1, 1, 1, 1), (2, 2, 2, 2), (0, 1, 2))),
    ],
)
def test_larger_groups_are_copies_of_one_and_all_unlike_ones(
    count: int, copies: int, crowds: object
) -> None:
    """Where there are more than two."""
    assert crowds_of(count, copies) == crowds


def test_a_debuggers_prompt_is_asked_for(module: Make, tmp_path: Path) -> None:
    """While participants run."""
    made = module(view("while not asked: pass", before="asked = []"))
    asked: list[int] = made.asked

    def held() -> bool:
        asked.append(1)
        return False

    told = Asked((made.visit,), made.app, 2, "token", None, (), None, 3, 60.0, "seed")
    explored = Isolation(told, Reach(Ownership(tmp_path)), tmp_path, held=held).explore()
    assert isinstance(explored, Explored)
    assert len(threading.enumerate()) == 1


def test_a_bleed_without_a_line_of_the_users_is_told_all_the_same(
    module: Make, tmp_path: Path
) -> None:
    """Where neither the app nor the visit lies under the root directory."""
    seen: list[str] = []

    def visit(client: Any, token: str) -> list[str]:
        seen.append(token)
        return list(seen)

    known = Asked((visit,), module(CALM).app, 2, "token", None, (), None, 60, 60.0, "seed")
    elsewhere = tmp_path / "elsewhere"
    explored = Isolation(known, Reach(Ownership(elsewhere)), elsewhere).explore()
    assert explored.bleed is not None
    assert explored.site is not None
    assert (explored.site.file, explored.site.line) == ("<unknown>", 0)
    assert explored.bleed.steps == ()
