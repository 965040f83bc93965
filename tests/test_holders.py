"""What holds a request, as the program would write it."""

from __future__ import annotations

import functools
import gc
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from pytest_flaskctx import holders
from pytest_flaskctx.holders import MOST_OF_RUN, PATIENCE, Holder, Holders


class Request:
    """In the place of a request."""

    def method(self) -> None:
        """Do nothing."""


class Box:
    """An instance with attributes."""

    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


class Rows(list[Any]):
    """A list with an attribute."""

    __slots__ = ("last",)


class Table(dict[str, Any]):
    """A dictionary with attributes."""


class Slots:
    """An instance without a dictionary."""

    __slots__ = ("empty", "held")

    def __init__(self, held: Any) -> None:
        self.held = held


class Pair(NamedTuple):
    """A tuple of names."""

    number: int
    held: Any


class Shop:
    """A module of the user's, and what is found in it."""

    def __init__(self, folder: Path) -> None:
        self.module = ModuleType("shop.views")
        self.file = folder / "views.py"
        self.module.__file__ = str(self.file)
        self.modules: dict[str, Any] = {"shop.views": self.module}
        self.write("")

    def write(self, source: str) -> None:
        """Have ``source`` in the module's file."""
        self.file.write_text(source)

    def find(self, requests: list[Any], **more: Any) -> list[tuple[int, Holder]]:
        """Return what holds ``requests``."""
        made = {"is_users": lambda file: file == str(self.file), "makes": lambda *names: False}
        return list(Holders(**{**made, "modules": self.modules, **more}).find(requests))

    def holder(self, hold: Callable[[Any], Any]) -> Holder:
        """Return what holds a request that ``hold`` makes ``held`` in the module of."""
        requests = [Request()]
        vars(self.module)["held"] = hold(requests[0])
        ((index, holder),) = self.find(requests)
        assert index == 0
        assert (holder.file, holder.names) == (str(self.file), ("held",))
        return holder


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a module without anything in it."""
    gc.collect()
    return Shop(tmp_path)


def closing(thing: Any) -> Callable[[], Any]:
    """Return a function that closes over ``thing``."""
    return lambda: thing


def defaulting(thing: Any) -> Callable[[], Any]:
    """Return a function with ``thing`` among the defaults."""

    def function(given: Any = thing) -> Any:
        return given

    return function


def naming(thing: Any) -> Callable[[], Any]:
    """Return a function with ``thing`` as the default of a keyword."""

    def function(*, given: Any = thing) -> Any:
        return given

    return function


def marked(thing: Any) -> Callable[[], Any]:
    """Return a function with ``thing`` as an attribute."""

    def function() -> None: ...

    function.last = thing  # type: ignore[attr-defined]
    return function


def cached(thing: Any) -> Callable[[Any], Any]:
    """Return a cache that ``thing`` is a key of."""
    function = functools.lru_cache(id)
    function(thing)
    return function


def beside(box: Any, thing: Any) -> Any:
    """Return a box with ``thing`` as an attribute, beside what is in it."""
    box.last = thing
    return box


def generating(thing: Any) -> Iterator[Any]:
    """Return a generator that waits with ``thing``."""

    def generate(kept: Any) -> Iterator[Any]:
        yield 1
        yield kept

    made = generate(thing)
    next(made)
    return made


@pytest.mark.parametrize(
    ("hold", "path"),
    [
        (lambda it: it, ""),
        (lambda it: [0, it], "[1]"),
        (lambda it: (0, [it]), "[1][0]"),
        (lambda it: deque([0, it]), "[1]"),
        (lambda it: Pair(1, it), "[1]"),
        (lambda it: Box(last=it), ".last"),
        (lambda it: Box(boxes=[Box(last=it)]), ".boxes[0].last"),
        (lambda it: Slots(it), ".held"),
        (lambda it: beside(Rows([1]), it), ".last"),
        (lambda it: beside(Table(first=1), it), ".last"),
        (lambda it: Box(**{"mia's": it}), ".(...)"),
        (lambda it: Box(**{"7": [it]}), ".(...)[0]"),
        (lambda it: functools.partial(print, 1, it), ".args[1]"),
        (lambda it: it.method, ".__self__"),
        (defaulting, ".__defaults__[0]"),
        (naming, ".__kwdefaults__[...]"),
        (marked, ".last"),
    ],
)
def test_attributes_and_items_are_named(shop: Shop, hold: Callable[[Any], Any], path: str) -> None:
    """Each step is written as the program would; positions are no part of the site."""
    holder = shop.holder(hold)
    assert (holder.path, holder.how) == (f"shop.views.held{path}", "")
    digits = str.maketrans(dict.fromkeys("0123456789", "..."))
    assert holder.site == f"shop.views.held{path.translate(digits)}"


@pytest.mark.parametrize(
    ("hold", "path", "how"),
    [
        (closing, "", "the closure of"),
        (lambda it: [closing(it)], "[0]", "the closure of"),
        (lambda it: {it}, "", "something inside"),
        (lambda it: [{it: 1}], "[0]", "something inside"),
        (lambda it: Box(seen={it: 1}), ".seen", "something inside"),
        (cached, "", "something inside"),
        (lambda it: [generating(it)], "[0]", "something inside"),
        (lambda it: OrderedDict([(it, 1)]), "", "something inside"),
    ],
)
def test_what_has_no_name_is_told_by_what_it_is_inside(
    shop: Shop, hold: Callable[[Any], Any], path: str, how: str
) -> None:
    """The path ends at the last name, and is said to hold it somehow."""
    holder = shop.holder(hold)
    assert (holder.path, holder.how) == (f"shop.views.held{path}", how)


@pytest.mark.parametrize(
    ("key", "source", "shown"),
    [
        ("last", "cache['last'] = 1", "['last']"),
        ("last", 'cache["last"] = 1', "['last']"),
        ("mia", "cache[user] = 1", "[...]"),
        (7, "cache[7] = 1", "[...]"),
    ],
)
def test_a_key_is_shown_only_where_it_stands_in_the_source(
    shop: Shop, key: object, source: str, shown: str
) -> None:
    """Any other may be a user's name or a token."""
    shop.write(source)
    holder = shop.holder(lambda it: Box(cache={key: it}))
    assert holder.path == holder.site == f"shop.views.held.cache{shown}"


def test_a_class_is_named_with_its_attribute(shop: Shop) -> None:
    """Within other classes, too."""
    requests = [Request()]
    inner = type("Inner", (), {"kept": [requests[0]], "__qualname__": "Service.Inner"})
    outer = type("Service", (), {"Inner": inner})
    for cls in (inner, outer):
        cls.__module__ = "shop.views"
    vars(shop.module)["Service"] = outer
    ((_, holder),) = shop.find(requests)
    assert holder.path == "shop.views.Service.Inner.kept[0]"
    assert holder.site == "shop.views.Service.Inner.kept[...]"
    assert holder.names == ("Service", "Inner", "kept")


@pytest.mark.parametrize("home", ["shop.views", "elsewhere"])
def test_a_class_that_is_not_found_by_its_name_holds_nothing(shop: Shop, home: str) -> None:
    """One that a test made for itself is gone with it."""
    requests = [Request()]
    cls = type("Local", (), {"last": requests[0], "__module__": home})
    assert shop.find(requests) == []
    vars(shop.module)["boxes"] = [cls]
    ((_, holder),) = shop.find(requests)
    assert holder.path == "shop.views.boxes[0].last"


def test_what_is_in_no_module_is_not_held(shop: Shop) -> None:
    """A list of the test's is the test's."""
    requests = [Request()]
    kept = [requests[0]]
    assert shop.find(requests) == []
    assert kept


def test_what_is_no_module_is_passed_over(shop: Shop) -> None:
    """Somebody may put anything into ``sys.modules``, and a module may have no file."""
    shop.modules |= {"odd": object(), "bare": ModuleType("bare")}
    requests = [Request()]
    vars(shop.modules["bare"])["last"] = requests[0]
    assert shop.find(requests) == []


def test_who_makes_it_is_named_before_who_imports_it(shop: Shop) -> None:
    """Of several modules that have it, the first by name otherwise."""
    requests = [Request()]
    for name in ("a_test", "shop.views", "z_test"):
        module = shop.modules.setdefault(name, ModuleType(name))
        module.__file__ = str(shop.file) if name == "shop.views" else f"/{name}.py"
        vars(module)["last"] = requests[0]
    found = [
        shop.find(requests, is_users=lambda file: True, makes=makes)[0][1].path
        for makes in (lambda file, names: file == str(shop.file), lambda file, names: False)
    ]
    assert found == ["shop.views.last", "a_test.last"]


def test_the_search_is_bounded_in_time(shop: Shop) -> None:
    """What is found in the first step is found."""
    ticks = iter(range(0, 1000, 10))
    requests = [Request()]
    vars(shop.module)["held"] = [requests[0]]
    assert shop.find(requests, clock=lambda: next(ticks)) == []
    vars(shop.module)["held"] = requests[0]
    assert len(shop.find(requests, clock=lambda: next(ticks))) == 1


def test_all_searches_of_a_run_are_bounded_in_number(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ones that were looked for by then are told."""
    monkeypatch.setattr(holders, "MOST_OF_RUN", 3)
    requests = [Request() for _ in range(4)]
    vars(shop.module)["last"] = list(requests)
    finder = Holders(lambda file: True, lambda *names: False, modules=shop.modules)
    assert not finder.exhausted
    assert [index for index, _ in finder.find(requests)] == [0, 1, 2]
    assert finder.exhausted
    assert list(finder.find(requests)) == []
    assert finder.searched == 3 < MOST_OF_RUN


def test_all_searches_of_a_run_are_bounded_in_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes the whole time of a test is the last of that test; so it goes for the run."""
    monkeypatch.setattr(holders, "PATIENCE_OF_RUN", 5.0)
    ticks = iter(range(1000))
    requests = [Request(), Request()]
    vars(shop.module)["held"] = list(requests)
    finder = Holders(
        lambda file: True, lambda *names: False, shop.modules, clock=lambda: next(ticks)
    )
    for searched in (1, 2, 3):
        assert list(finder.find(requests)) == []
        assert finder.searched == searched
    assert finder.exhausted
    assert finder.spent > PATIENCE
    assert list(finder.find(requests)) == []
    assert finder.searched == 3


def test_a_weak_reference_holds_nothing(shop: Shop) -> None:
    """Nor does a proxy that finds the request elsewhere."""
    requests = [Request()]
    vars(shop.module).update(
        known=weakref.ref(requests[0]), notes=weakref.WeakKeyDictionary({requests[0]: 1})
    )
    assert shop.find(requests) == []
