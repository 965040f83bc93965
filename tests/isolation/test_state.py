"""What the user's modules hold: found from them outwards, put back, and looked into for tokens."""

from __future__ import annotations

import builtins
import functools
import io
import queue
import sqlite3
import string
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.local import LocalProxy

from pytest_flaskctx.isolation.cells import Cached, Series
from pytest_flaskctx.isolation.state import State, users_modules

Make = Callable[..., ModuleType]


def state_of(*modules: ModuleType, **roots: Any) -> State:
    """Return the state of modules, called as they are, and of further objects."""
    by_name = {each.__name__: each for each in modules}
    return State(by_name, roots, lambda name: name in by_name)


def told(state: State, module: ModuleType) -> dict[str, str]:
    """Return the kinds of all parts by how they are told, without the module's own name."""
    return {
        cell.named(part.key).replace(f"{module.__name__}.", ""): cell.what
        for cell in state.cells
        for part in cell.parts()
        if not str(part.key).startswith("__") and cell.what != "environment variable"
    }


def changes(state: State, change: Callable[[], object]) -> list[str]:
    """Return the places that a change touches."""
    state.look()
    change()
    return [cell.path for cell in state.changed()]


HOLDERS = {
    "a module's global": ("user = None", "user", "module global"),
    "an item of a global dictionary": ("users = {'x': 1}", "users['x']", "item"),
    "an item of a global list": ("users = [0]", "users[0]", "item"),
    "a member of a global set": ("users = {1}", "users", "set"),
    "a list in a tuple": ("users = (0, [1])", "users[1][0]", "item"),
    "an attribute of a class": ("class Service:\n  user = None", "Service.user", "class attribute"),
    "an attribute of an instance": (
        "class Service: pass\nservice = Service()\nservice.user = 1",
        "service.user",
        "instance attribute",
    ),
    "a slot of an instance": (
        "class Service:\n  __slots__ = ('user',)\nservice = Service()\nservice.user = 1",
        "service.user",
        "instance attribute",
    ),
    "an attribute of a function": (
        "def view(): pass\nview.user = 1",
        "view.user",
        "attribute of function",
    ),
    "a default argument": ("def view(user=1): pass", "user` of `view", "default argument"),
    "a list that is a default argument": (
        "def view(users=[1]): pass",
        "users` of `view",
        "default argument",
    ),
    "a default argument by name": (
        "def view(*, user=1): pass",
        "user` of `view",
        "default argument",
    ),
    "a variable of a closure": (
        "def make():\n  user = 1\n  return lambda: user\nview = make()",
        "user` of `make.<locals>.<lambda>",
        "closure variable",
    ),
    "a closure of a bound method's function": (
        "class Service:\n  users = [1]\n  def view(self): pass\nview = Service().view",
        "Service.users",
        "class attribute",
    ),
    "an instance behind a bound method": (
        "class Service:\n  def __init__(self): self.user = 1\n  def view(self): pass\n\
view = Service().view",
        "view.__self__.user",
        "instance attribute",
    ),
    "what a partial was given": (
        "import functools\nview = functools.partial(print, [1])",
        "view[0][0]",
        "item",
    ),
    "the default of a context variable": (
        "from contextvars import ContextVar\nusers = ContextVar('users', default=[1])",
        "users",
        "context variable",
    ),
    "a thread-local": (
        "import threading\nlocal = threading.local()\nlocal.user = 1",
        "local.user",
        "thread-local",
    ),
    "a file in memory": ("import io\nlog = io.StringIO('x')", "log", "buffer"),
    "an attribute of an object of a library that is followed": (
        "import types\nholder = types.SimpleNamespace(user=1)",
        "holder.user",
        "instance attribute",
    ),
    "an attribute of a dictionary of the user's": (
        "class Users(dict): pass\nusers = Users()\nusers.last = 1",
        "users.last",
        "instance attribute",
    ),
    "an attribute of a list of the user's": (
        "class Users(list): pass\nusers = Users()\nusers.last = 1",
        "users.last",
        "instance attribute",
    ),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_places_are_found_and_told_as_a_program_writes_them(module: Make, holder: str) -> None:
    """Whatever holds state in a module of the user's."""
    source, path, what = HOLDERS[holder]
    made = module(source)
    assert told(state_of(made), made)[path] == what


def test_an_application_is_followed_as_a_root(module: Make) -> None:
    """Its configuration, its extensions and the globals of its templates hold users' state."""
    made = module("")
    app = Flask("shop")
    app.config["TENANT"] = "x"
    app.extensions["carts"] = {"size": 1}
    app.jinja_env.globals["user"] = "x"
    found = told(state_of(made, app=app), made)
    assert found["app.config['TENANT']"] == "app config"
    assert found["app.extensions['carts']['size']"] == "item"
    assert found["app.jinja_env.globals['user']"] == "template global"
    # What begins with an underscore in a library's object is told by the object.
    assert "app._got_first_request" in found
    assert not [name for name in found if name.startswith("app._got_first_request.")]


def test_what_a_library_keeps_to_itself_goes_by_its_objects_name(module: Make) -> None:
    """``app.config`` is told, what lies in ``app._error_handlers`` is the library's own."""
    made = module("")
    holder = SimpleNamespace(_inner=[1], outer=[2])
    found = told(state_of(made, holder=holder), made)
    assert found["holder"] == "instance attribute"
    assert found["holder.outer[0]"] == "item"
    assert "holder._inner[0]" not in found
    cells = [cell for cell in state_of(made, holder=holder).cells if cell.path == "holder"]
    assert [cell.librarys for cell in cells] == [True, True]


@pytest.mark.parametrize("thing", [string.Formatter(), threading.Thread(), object(), "text"])
def test_objects_of_libraries_are_not_followed(module: Make, thing: object) -> None:
    """But for those that are known to hold users' state; a formatter holds nothing."""
    made = module("")
    made.thing = thing  # type: ignore[attr-defined]
    names = {name for name in told(state_of(made), made) if name.startswith("thing.")}
    assert not names


def test_loggers_are_not_put_back(module: Make) -> None:
    """Their handlers are, if the user has them; pytest hangs its own on loggers meanwhile."""
    made = module(
        """
        import logging
        log = logging.getLogger("shop")
        handler = logging.Handler()
        """
    )
    found = told(state_of(made), made)
    assert "handler.level" in found
    assert "log.level" not in found


@pytest.mark.parametrize("base", ["abc.ABC", "enum.Enum", "wtforms.Form", "typing.Protocol"])
def test_a_class_of_the_users_is_followed_whatever_made_it(module: Make, base: str) -> None:
    """A model, a form and an abstract class have a metaclass that is a library's."""
    pytest.importorskip(base.partition(".")[0])
    made = module(f"import {base.partition('.')[0]}\nclass Shop({base}):\n    seen = []\n")
    state = state_of(made)
    assert f"{made.__name__}.Shop" in {cell.path for cell in state.cells}
    state.take()
    made.Shop.owner = "Bob"
    state.put_back()
    assert not hasattr(made.Shop, "owner")


def test_what_is_set_on_an_object_of_a_librarys_is_seen(module: Make) -> None:
    """It is not put back, nor is anything followed from there."""
    made = module(
        """
        class Mail:
            def __init__(self):
                self.parts = []
        Mail.__module__ = "some.library"
        class Quiet:
            __slots__ = ()
            __module__ = "some.library"
        mail = also = Mail()
        quiet = Quiet()
        """
    )
    state = state_of(made)
    (cell,) = (each for each in state.cells if each.path == f"{made.__name__}.mail")
    assert (cell.what, cell.writable, cell.librarys) == ("instance attribute", False, True)
    assert changes(state, lambda: setattr(made.mail, "user", "Bob")) == [cell.path]
    assert {f"{cell.path}.user", f"{cell.path}.parts"} == {
        cell.named(each.key) for each in cell.parts()
    }
    assert f"{made.__name__}.also" not in {each.path for each in state.cells}


def test_a_class_of_a_librarys_is_not_followed(module: Make) -> None:
    """Nor is a function of it, except for its closures: a decorator's keep the view."""
    made = module("from collections import OrderedDict\nkept = [1]")

    def decorated(users: list[int] = kept_by_tests) -> Any:
        held = made.kept

        def inner() -> object:
            return held

        return inner

    made.wrapped = decorated()  # type: ignore[attr-defined]
    made.decorated = decorated  # type: ignore[attr-defined]
    found = told(state_of(made), made)
    own = f"{decorated.__module__}.{decorated.__qualname__}.<locals>.inner"
    assert found[f"held` of `{own}"] == "closure variable"
    assert "default argument" not in found.values()
    assert not [name for name in found if name.startswith("OrderedDict.")]


kept_by_tests: list[int] = []


def test_an_instance_that_only_a_librarys_closure_holds_goes_by_its_class(module: Make) -> None:
    """A view class is kept by the function that Flask makes of it."""
    made = module(
        """
        class Page:
            def __init__(self):
                self.user = None
        page = Page()
        """
    )
    page = made.page
    del made.page  # type: ignore[attr-defined]

    def view() -> object:
        return page

    made.view = view  # type: ignore[attr-defined]
    assert told(state_of(made), made)["Page.user"] == "instance attribute"


def test_a_variable_that_two_functions_close_over_is_one_place(module: Make) -> None:
    """It is told by the first of them."""
    made = module(
        """
        def make():
            user = None
            def read():
                return user
            def write(value):
                nonlocal user
                user = value
            return read, write
        read, write = make()
        """
    )
    state = state_of(made)
    cells = [cell for cell in state.cells if cell.what == "closure variable"]
    assert [cell.path.partition("`")[0] for cell in cells] == ["user"]
    assert changes(state, lambda: made.write("x")) == [cells[0].path]


def test_each_thing_is_one_place(module: Make) -> None:
    """However many names it has; a cycle ends."""
    made = module("users = []\nalso = users\nusers.append(users)\nitself = [users, also]")
    lists = [cell.path for cell in state_of(made).cells if isinstance(cell, Series)]
    assert lists == [f"{made.__name__}.users", f"{made.__name__}.itself"]


def test_proxies_are_never_looked_through(module: Make) -> None:
    """They would tell of whatever request there is."""
    made = module("")
    made.user = LocalProxy(lambda: [1])  # type: ignore[attr-defined]
    assert "user[0]" not in told(state_of(made), made)


def test_a_context_variable_without_a_default_is_no_place(module: Make) -> None:
    """What it is bound to belongs to a context."""
    made = module("from contextvars import ContextVar\nuser = ContextVar('user')")
    assert "context variable" not in told(state_of(made), made).values()


def test_a_context_variable_shows_what_it_is_bound_to() -> None:
    """To whoever looks; only its default is put back."""
    variable: ContextVar[list[int]] = ContextVar("users", default=[])  # noqa: B039 - it is the bleed
    made = ModuleType("shop")
    made.users = variable  # type: ignore[attr-defined]
    state = state_of(made)
    state.take()
    default = variable.get()
    assert changes(state, lambda: variable.set([1])) == ["shop.users"]
    assert changes(state, lambda: default.append(1)) == ["shop.users"]
    state.put_back()
    assert (default, variable.get()) == ([], [1])


def test_a_thread_local_is_looked_at_and_left_alone(module: Make) -> None:
    """Each thread has its own; one of a class of the user's would be made by looking."""
    made = module(
        """
        import threading

        class Local(threading.local):
            made = []
            def __init__(self):
                self.made.append(1)

        local, other = threading.local(), Local()
        """
    )
    state = state_of(made)
    state.take()
    assert changes(state, lambda: setattr(made.local, "user", 1)) == [f"{made.__name__}.local"]
    state.put_back()
    assert made.local.user == 1
    assert f"{made.__name__}.other" not in [cell.path for cell in state.cells]
    assert made.Local.made == [1]


def test_everything_is_put_back_at_once(module: Make) -> None:
    """What did not change is not touched."""
    made = module(
        """
        user = None
        users = []
        class Service:
            user = None
        """
    )
    state = state_of(made)
    state.take()
    made.user, made.Service.user = 1, 2  # type: ignore[attr-defined]
    made.users.append(3)
    state.put_back()
    assert (made.user, made.Service.user, made.users) == (None, None, [])


def test_changes_are_told_once(module: Make) -> None:
    """The next look is from there."""
    made = module("user = None\nusers = []")
    state = state_of(made)
    assert changes(state, lambda: setattr(made, "user", 1)) == [made.__name__]
    assert state.changed() == []
    made.users.append(1)
    assert [cell.path for cell in state.changed()] == [f"{made.__name__}.users"]


def test_a_cache_is_a_place_of_its_own(module: Make) -> None:
    """Its function is followed, what it holds is not: that is gone when it is put back."""
    made = module(
        """
        import functools

        @functools.lru_cache
        def prices(of, rates=[1]):
            return {of: 1}
        """
    )
    state = state_of(made)
    state.take()
    assert changes(state, lambda: made.prices("tea")) == [f"{made.__name__}.prices"]
    (cell,) = (each for each in state.cells if isinstance(each, Cached))
    values = [part.value for part in cell.parts()]
    assert {"tea": 1} in values
    assert vars(made.prices) not in values
    assert f"rates` of `{made.__name__}.prices" in [
        each.named(part.key) for each in state.cells for part in each.parts()
    ]
    state.put_back()
    assert made.prices.cache_info().currsize == 0


def test_a_cache_without_a_limit_shows_what_comes_in(module: Make) -> None:
    """Each entry, as one that has a limit does."""
    made = module("import functools\n@functools.cache\ndef price(of):\n    return f'{of}: 1'\n")
    (cell,) = (each for each in state_of(made).cells if isinstance(each, Cached))
    assert cell.parts() == []
    made.price("tea")
    assert {part.value for part in cell.parts()} == {"tea", "tea: 1"}


def test_what_moves_on_and_cannot_be_put_back_is_named(module: Make) -> None:
    """Generators, counters; those that stand where they stood are not."""
    made = module(
        """
        from itertools import count
        def numbers():
            yield 1
            yield 2
        ids, still, ended, orders = numbers(), numbers(), numbers(), count()
        list(ended)
        """
    )
    state = state_of(made)
    assert state.moved == []
    next(made.ids)
    next(made.orders)
    assert state.moved == [f"{made.__name__}.ids", f"{made.__name__}.orders"]
    list(made.ids)
    assert state.moved == [f"{made.__name__}.ids", f"{made.__name__}.orders"]


def test_what_threads_wait_at_is_looked_at_for_locks_only(module: Make) -> None:
    """To put back a queue whose thread waits would lose the thread."""
    made = module(
        """
        import queue, threading
        done = threading.Event()
        orders = queue.Queue()
        """
    )
    state = state_of(made)
    state.take()
    made.done.set()
    made.orders.put(1)
    state.put_back()
    assert made.done.is_set()
    assert made.orders.qsize() == 1
    paths = {type(thing): cell.path for thing, cell in state.locking}
    assert paths[threading.Event].endswith(".done")
    assert paths[queue.Queue].endswith(".orders")
    assert threading.Condition in paths


def test_something_to_wait_at_may_have_no_attributes(module: Make) -> None:
    """What is written in C has none to look at."""
    made = module("import queue\norders = queue.SimpleQueue()")
    slotted = type("Slotted", (), {"__slots__": (), "__module__": "threading"})
    made.gate = slotted()  # type: ignore[attr-defined]
    assert state_of(made).locking == []


def test_a_program_may_be_too_large(module: Make) -> None:
    """The state then says that it is not complete."""
    made = module("lists = [[number] for number in range(50)]")
    assert state_of(made).complete
    state = State({made.__name__: made}, {}, lambda name: name == made.__name__, most=20)
    assert not state.complete
    assert len(state.cells) == 20


def test_the_state_does_not_find_itself(module: Make) -> None:
    """A test module may keep it."""
    made = module("")
    made.states = []  # type: ignore[attr-defined]
    first = state_of(made)
    made.states.append(first)
    assert len(state_of(made).cells) == len(first.cells)


TOKEN = "tabcdefghijklmno"


class Slotted:
    """Has no namespace."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def row(name: str) -> sqlite3.Row:
    """Return a row of a database."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    found: sqlite3.Row = connection.execute("select ?", [name]).fetchone()
    connection.close()
    return found


def closure(name: str) -> Callable[[], str]:
    """Return a function that keeps what it returns."""
    return lambda: name


def once(name: str) -> Iterator[str]:
    """Yield what is kept in the frame."""
    yield name


HELD: dict[str, Any] = {
    "a text": f"<{TOKEN}>",
    "in upper case": TOKEN.upper(),
    "bytes": TOKEN.encode(),
    "an array of bytes": bytearray(TOKEN.encode()),
    "a value": {"x": TOKEN},
    "a key": {TOKEN: 1},
    "a list": [TOKEN],
    "a tuple": (TOKEN,),
    "a set": {TOKEN},
    "a frozen set": frozenset({TOKEN}),
    "a deque": deque([TOKEN]),
    "an instance": SimpleNamespace(user=SimpleNamespace(name=TOKEN)),
    "an instance with slots": Slotted(TOKEN),
    "what a function is called with": functools.partial(print, TOKEN),
    "a row of a database": row(TOKEN),
    "a generator": once(TOKEN),
    "a closure": closure(TOKEN),
    "a default argument": lambda name=TOKEN: name,
    "a text of a class": type("Text", (str,), {"__str__": lambda self: ""})(TOKEN),
}


@pytest.mark.parametrize("kind", HELD)
def test_tokens_are_found_in_what_a_place_holds(module: Make, kind: str) -> None:
    """By their places among those that are looked for."""
    state = state_of(module(""))
    assert state.held_in(HELD[kind], ["txxxxxxxxxxxxxxx", TOKEN]) == {1}


NOT_HELD: dict[str, Any] = {
    "too deep": [[[[[TOKEN]]]]],
    "a module": ModuleType(TOKEN),
    "a class": type("Named", (), {"name": TOKEN}),
    "a proxy": LocalProxy(lambda: TOKEN),
    "a number": 7,
    "an object without attributes": object(),
}


@pytest.mark.parametrize("kind", NOT_HELD)
def test_tokens_are_not_looked_for_everywhere(module: Make, kind: str) -> None:
    """What is a program's or a request's is not in the place."""
    assert state_of(module("")).held_in(NOT_HELD[kind], [TOKEN]) == frozenset()


def test_tokens_in_what_is_a_place_of_its_own_are_found_there(module: Make) -> None:
    """Not in the one that holds it."""
    made = module("users = {'inner': []}")
    state = state_of(made)
    made.users["inner"].append(TOKEN)
    assert state.held_in(made.users, [TOKEN]) == frozenset()
    assert state.held_in(made.users["inner"][0], [TOKEN]) == {0}


def test_modules_are_the_users_by_their_files(
    module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else stands among the modules: one without a file, or no module at all."""
    made = module("x = 1")
    for name, thing in (("no_file", ModuleType("no_file")), ("no_module", object())):
        monkeypatch.setitem(sys.modules, name, thing)  # type: ignore[arg-type]
    assert users_modules(lambda file: file == made.__file__) == {made.__name__: made}


def test_a_module_that_makes_its_attributes_up_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some import half a library then."""

    class Lazy(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    monkeypatch.setitem(sys.modules, "lazy", Lazy("lazy"))
    assert "lazy" not in users_modules(lambda file: True)


def test_cells_of_closures_are_followed_themselves(module: Make) -> None:
    """A program that keeps the cell has the variable."""
    made = module("def make():\n  user = 1\n  return (lambda: user).__closure__\ncells = make()")
    assert told(state_of(made), made)["cells[0]"] == "closure variable"


def test_a_partial_is_followed_to_its_function(module: Make) -> None:
    """And to what it gives it by name."""
    made = module(
        """
        import functools
        def make():
            def view(users, more=[2]):
                return users
            return functools.partial(view, users=[1])
        view = make()
        """
    )
    found = told(state_of(made), made)
    assert found["view['users'][0]"] == "item"
    assert found["more` of `make.<locals>.view"] == "default argument"


def test_what_waits_in_a_queue_is_followed(module: Make) -> None:
    """A queue may be a pool; in what order they wait is left alone."""
    made = module(
        """
        import queue

        class Car:
            guest = None

        cars, fast, none = queue.Queue(), queue.PriorityQueue(), queue.SimpleQueue()
        cars.put(Car())
        fast.put((1, Car()))
        """
    )
    state = state_of(made)
    state.take()
    paths = {cell.path for cell in state.cells}
    assert {f"{made.__name__}.cars.queue", f"{made.__name__}.fast.queue[1]"} <= paths
    car = made.cars.queue[0]
    car.guest = "Bob"
    state.put_back()
    assert car.guest is None
    assert list(made.cars.queue) == [car]


def test_filters_and_tests_of_templates_are_followed(module: Make) -> None:
    """They are functions of the user's, and may keep something."""
    made = module(
        """
        from jinja2 import Environment

        pages = Environment()

        def shout(text, seen=[]):
            return text

        pages.filters["shout"] = shout
        pages.tests["loud"] = lambda text, kept={}: True
        """
    )
    found = set(told(state_of(made), made))
    assert "pages.filters['shout']" in found
    assert "seen` of `shout" in found
    assert any(each.startswith("kept` of `") for each in found)


def test_globals_of_templates_are_found_without_an_application(module: Make) -> None:
    """What else an environment of Jinja's keeps is its own."""
    made = module("from jinja2 import Environment\npages = Environment()")
    made.pages.globals["user"] = "x"
    found = told(state_of(made), made)
    assert found["pages.globals['user']"] == "template global"
    assert "pages.cache" not in found


def test_a_buffer_of_bytes_is_a_place(module: Make) -> None:
    """It is put back as a text is."""
    made = module("")
    made.log = io.BytesIO(b"ab")  # type: ignore[attr-defined]
    state = state_of(made)
    state.take()
    made.log.write(b"xyz")
    state.put_back()
    assert made.log.getvalue() == b"ab"


def test_what_python_keeps_in_a_module_is_nobodys_state(module: Make) -> None:
    """A view may add to the built-in functions: they are not put back, and not lost."""
    made = module("users = {}")
    state = state_of(made)
    state.take()
    builtins.users_price = 3  # type: ignore[attr-defined]
    try:
        state.put_back()
        assert builtins.users_price == 3  # type: ignore[attr-defined]
    finally:
        del builtins.users_price  # type: ignore[attr-defined]


def test_a_cache_of_what_has_no_name_goes_by_its_place(module: Make) -> None:
    """Such as a partial."""
    made = module(
        "from functools import lru_cache, partial\n"
        "def price(a, b): return a + b\n"
        "cached = lru_cache(partial(price, 1))\n"
    )
    paths = [cell.path for cell in state_of(made).cells if isinstance(cell, Cached)]
    assert paths == [f"{made.__name__}.cached"]


def test_no_proxy_is_looked_through(module: Make) -> None:
    """Nor is any object of the user's asked for its class."""
    made = module("users = {}")
    asked: list[int] = []
    made.user = LocalProxy(lambda: asked.append(1))  # type: ignore[attr-defined]
    state_of(made).take()
    assert asked == []


def test_what_is_told_anew_is_no_change(module: Make) -> None:
    """A cache and a buffer make what tells of them each time that they are asked."""
    made = module(
        "import io\n"
        "from functools import lru_cache\n"
        "@lru_cache(maxsize=1024)\n"
        "def price(a): return a\n"
        "text = io.StringIO('some words')\n"
    )
    state = state_of(made)
    assert changes(state, lambda: None) == []
    assert changes(state, lambda: made.price(1)) == [f"{made.__name__}.price"]
    assert changes(state, lambda: made.text.write("x")) == [f"{made.__name__}.text"]
