"""Places that hold state: each is looked at, put back and named without asking anybody."""

from __future__ import annotations

import functools
import io
import os
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from functools import cached_property
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_flaskctx.isolation.cells import (
    Buffer,
    Cached,
    Cell,
    Closed,
    Collection,
    Defaults,
    Environment,
    Mapping,
    Namespace,
    Part,
    Seen,
    Series,
    Slots,
    last_name,
    same,
    within,
)
from pytest_flaskctx.unasked import namespace_of


class Stubborn:
    """An object that refuses every question."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AssertionError(name)

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    __hash__ = None  # type: ignore[assignment]


class StubbornDict(dict[Any, Any]):
    """A dictionary that refuses every question."""

    def __getitem__(self, key: object) -> Any:
        raise AssertionError

    __setitem__ = __delitem__ = __iter__ = __getitem__  # type: ignore[assignment]
    keys = values = items = clear = update = __getitem__  # type: ignore[assignment]


class StubbornList(list[Any]):
    """A list that refuses every question."""

    def __iter__(self) -> Any:
        raise AssertionError

    __getitem__ = __setitem__ = clear = extend = __iter__  # type: ignore[assignment]


class Slotted:
    """An instance without a dictionary."""

    __slots__ = ("one", "other")

    def __init__(self, one: object) -> None:
        self.one = one


def namespace(owner: Any) -> Namespace:
    """Return the place of an owner's attributes."""
    return Namespace(owner, namespace_of(owner), "shop.thing", "module global")


def closure(value: object) -> Any:
    """Return the cell of a closure that holds ``value``."""

    def inner() -> object:
        return value

    return inner.__closure__[0]  # type: ignore[index]


def unset() -> Any:
    """Return the cell of a variable that is set later."""

    def inner() -> object:
        return value

    if False:
        value = None
    return inner.__closure__[0]  # type: ignore[index]


def defaulted(first: Any, rest: Any = (), *, more: Any = None, last: Any = 0) -> Any:
    """Return what it is given, with its defaults."""
    return first, rest, more, last


def test_a_bare_cell_names_all_its_parts_by_its_path() -> None:
    """Kinds of places say more where they can."""

    class Single(Cell):
        def content(self) -> tuple[Any, ...]:
            return ("x",)

    cell = Single("shop.thing", "thing")
    assert (cell.parts(), cell.named("k"), cell.name("k")) == ([Part(None, "x")], "shop.thing", "k")
    assert (cell.writable, cell.opaque, cell.librarys) == (True, False, False)
    assert cell.put_back(("y",)) is cell.exchange("k", "y") is None
    assert cell.content() == ("x",)
    with pytest.raises(NotImplementedError):
        Cell("", "").content()


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("shop.cart", "shop.cart.size"),
        ("held` of `shop.remember", "held.size` of `shop.remember"),
    ],
)
def test_what_lies_within_a_function_is_written_before_the_functions_name(
    path: str, whole: str
) -> None:
    """Elsewhere a name is put behind what holds it."""
    assert within(path, ".size") == whole


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop.cart", "cart"),
        ("shop.carts['tea'][3]", "carts"),
        ("shop.carts[...].size", "size"),
        ("held['x']` of `shop.remember", "held"),
        ("größe", "größe"),
        ("[0]", ""),
        ("", ""),
    ],
)
def test_the_last_name_of_a_path_is_what_a_line_has_to_mention(path: str, name: str) -> None:
    """Keys and the function around are not."""
    assert last_name(path) == name


def test_contents_are_the_same_only_with_the_very_same_objects() -> None:
    """What is equal is not enough, and is never asked."""
    one, other = Stubborn(), Stubborn()
    assert same([one, 1], (one, 1))
    assert not same([one], [other])
    assert not same([one], [one, one])


def changed_namespace(owner: Any) -> None:
    namespace_of(owner).update(kept=2, came=3)
    del namespace_of(owner)["lost"]


class Plain:
    """An instance with a dictionary."""

    def __init__(self) -> None:
        self.kept, self.lost = 1, 2


def a_class() -> type:
    return type("Service", (), {"kept": 1, "lost": 2})


def change_class(cls: Any) -> None:
    cls.kept, cls.came = 2, 3
    del cls.lost


def a_module() -> ModuleType:
    made = ModuleType("shop")
    vars(made).update(kept=1, lost=2)
    return made


@pytest.mark.parametrize(
    ("make", "change"),
    [(Plain, changed_namespace), (a_module, changed_namespace), (a_class, change_class)],
    ids=["instance", "module", "class"],
)
def test_attributes_are_put_back(make: Callable[[], Any], change: Callable[[Any], None]) -> None:
    """What changed, what came and what was lost."""
    owner = make()
    cell = namespace(owner)
    before, plain = cell.content(), dict(vars(owner))
    change(owner)
    assert not same(cell.content(), before)
    cell.put_back(before)
    assert dict(vars(owner)) == plain


def test_a_class_that_was_put_back_is_known_to_the_interpreter() -> None:
    """It remembers where it found an attribute, and would go on to use that."""
    cls = a_class()
    cell, thing = namespace(cls), cls()
    before = cell.content()

    def look() -> int:
        return thing.kept  # type: ignore[attr-defined,no-any-return]

    cls.kept = 2  # type: ignore[attr-defined]
    assert {look() for _ in range(50)} == {2}
    cell.put_back(before)
    assert look() == 1


def test_what_would_only_be_made_again_stays() -> None:
    """A submodule that was imported, and what a class computes once."""

    class Shop:
        @cached_property
        def prices(self) -> dict[str, int]:
            return {"tea": 3}

        nothing = None

    shop = Shop()
    cell = namespace(shop)
    before = cell.content()
    prices = shop.prices
    shop.nothing = shop.other = 1  # type: ignore[attr-defined,assignment]
    shop.sub = ModuleType("sub")  # type: ignore[attr-defined]
    cell.put_back(before)
    assert vars(shop).keys() == {"prices", "sub"}
    assert shop.prices is prices


def test_what_a_class_of_the_users_made_once_is_made_again() -> None:
    """It may be state, such as a store that is made when it is first asked for."""

    class Shop:
        @cached_property
        def stock(self) -> dict[str, int]:
            return {"tea": 3}

    shop = Shop()
    cell = Namespace(shop, vars(shop), "shop", "instance attribute", lambda name: name == __name__)
    before = cell.content()
    shop.stock["tea"] = 0
    cell.put_back(before)
    assert shop.stock == {"tea": 3}


def test_what_a_class_is_made_of_stays() -> None:
    """Libraries that map classes make it when they are first asked."""

    class Mapped:
        """What a library puts in the place of an attribute."""

        def __get__(self, owner: object, cls: type) -> int:
            return 3

    cls: Any = a_class()
    cell = namespace(cls)
    before = cell.content()
    cls.kept, cls.size, cls.other = 2, Mapped(), property(lambda self: 4)
    cell.put_back(before)
    assert (cls.kept, cls().size, hasattr(cls, "other")) == (1, 3, False)


def test_what_a_class_has_under_a_name_is_not_what_it_computes() -> None:
    """An attribute that hides one of the class goes; one of werkzeug's kind of property stays."""

    class locked_cached_property:  # noqa: N801 - what werkzeug calls it
        """Like werkzeug's."""

    class Shop:
        size = 3
        prices = locked_cached_property()

    shop = Shop()
    cell = namespace(shop)
    before = cell.content()
    vars(shop).update(size=4, prices=5)
    cell.put_back(before)
    assert vars(shop) == {"prices": 5}


def test_attributes_are_read_and_set_past_their_class() -> None:
    """It may answer as it likes, and record who asks."""
    thing = Stubborn()
    space = namespace_of(thing)
    space["kept"] = value = Stubborn()
    cell = Namespace(thing, space, "shop.thing", "instance attribute")
    before = cell.content()
    space["kept"] = None
    cell.put_back(before)
    assert space["kept"] is value
    assert [part.key for part in cell.parts()] == ["kept"]


def test_an_attribute_is_named_behind_its_owner() -> None:
    """Unless the place is told by its own name only."""
    cell = namespace(Plain())
    assert (cell.named("kept"), cell.name("kept")) == ("shop.thing.kept", "kept")
    cell.opaque = True
    assert cell.named("kept") == "shop.thing"


def test_an_attribute_can_be_exchanged() -> None:
    """For the while of an exploration."""
    owner = Plain()
    namespace(owner).exchange("kept", 7)
    assert owner.kept == 7


def test_slots_are_put_back() -> None:
    """What changed, what came and what was lost; an empty slot is no part."""
    thing = Slotted("x")
    cell = Slots(thing, "shop.thing", "instance attribute")
    before = cell.content()
    assert cell.parts() == [Part("one", "x")]
    thing.one, thing.other = "y", "z"
    cell.put_back(before)
    assert thing.one == "x"
    assert not hasattr(thing, "other")
    del thing.one
    cell.put_back(before)
    assert thing.one == "x"
    cell.put_back(before)
    assert same(cell.content(), before)


def test_slots_are_named_and_exchanged_as_attributes_are() -> None:
    """Only those that there are."""
    thing = Slotted("x")
    cell = Slots(thing, "shop.thing", "instance attribute")
    cell.exchange("one", "y")
    cell.exchange("nothing", "z")
    assert cell.parts() == [Part("one", "y")]
    assert cell.named("one") == "shop.thing.one"
    cell.opaque = True
    assert cell.named("one") == "shop.thing"


keys = st.one_of(st.integers(-9, 9), st.text("ab", max_size=2))
things = st.dictionaries(keys, st.integers(0, 9), max_size=6)
KINDS = [dict, OrderedDict, lambda held: defaultdict(list, held), StubbornDict]


@pytest.mark.parametrize("kind", KINDS, ids=["dict", "OrderedDict", "defaultdict", "stubborn"])
@settings(max_examples=30)
@given(before=things, after=things)
def test_a_dictionary_is_put_back_in_its_order(kind: Any, before: Any, after: Any) -> None:
    """Whatever class it is of, and whatever was done to it."""
    thing = kind(before)
    cell = Mapping(thing, "shop.prices")
    content = cell.content()
    plain: Any = OrderedDict if isinstance(thing, OrderedDict) else dict
    plain.clear(thing)
    plain.update(thing, after)
    cell.put_back(content)
    assert same(cell.content(), content)
    assert list(dict.items(thing)) == list(before.items())
    assert [tuple(part) for part in cell.parts()] == list(before.items())


@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_no_key_is_asked_for_its_hash_when_it_is_looked_at(kind: Any) -> None:
    """It may take a lock for that, whose turns are under way."""

    class Name:
        asked = 0

        def __hash__(self) -> int:
            Name.asked += 1
            return 7

    thing = kind({Name(): 1, "b": 2})
    content = (*thing, 1, 2)
    asked = Name.asked
    cell = Mapping(thing, "shop.prices")
    assert same(cell.content(), content)
    assert [part.value for part in cell.parts()] == [1, 2]
    assert Name.asked == asked


def test_a_dictionary_that_keeps_an_order_of_its_own_keeps_it() -> None:
    """It would otherwise iterate over what it no longer has."""
    thing = OrderedDict(a=1, b=2)
    cell = Mapping(thing, "shop.prices")
    content = cell.content()
    thing.move_to_end("a")
    thing["c"] = 3
    cell.put_back(content)
    cell.exchange("d", 4)
    assert list(thing) == ["a", "b", "d"]


def test_only_keys_that_stand_in_the_source_are_told() -> None:
    """Others may be data of a request; numbers are, too."""
    cell = Mapping({}, "shop.prices", "item", lambda key: key == "tea")
    assert cell.named("tea") == "shop.prices['tea']"
    assert cell.named("S3CRET") == cell.named(7) == "shop.prices[...]"
    assert cell.name("tea") == "prices"
    cell.opaque = True
    assert cell.named("tea") == "shop.prices"
    assert Mapping({}, "shop.prices").named("any") == "shop.prices['any']"


SERIES: list[Callable[[list[int]], Any]] = [list, deque, bytearray, StubbornList]


@pytest.mark.parametrize("kind", SERIES, ids=["list", "deque", "bytearray", "stubborn"])
@settings(max_examples=30)
@given(before=st.lists(st.integers(0, 255)), after=st.lists(st.integers(0, 255)))
def test_a_list_is_put_back(kind: Any, before: list[int], after: list[int]) -> None:
    """So are a deque and an array of bytes."""
    thing = kind(before)
    cell = Series(thing, "shop.sold")
    content = cell.content()
    base = next(each for each in (list, deque, bytearray) if isinstance(thing, each))
    base.clear(thing)
    base.extend(thing, after)
    cell.put_back(content)
    assert list(base.__iter__(thing)) == before


def test_a_deque_keeps_its_bound() -> None:
    """It is the same one as before."""
    thing = deque([1, 2, 3], 3)
    cell = Series(thing, "shop.sold")
    content = cell.content()
    thing.append(4)
    cell.put_back(content)
    assert thing == deque([1, 2, 3], 3)
    assert thing.maxlen == 3


def test_items_of_a_list_are_told_by_their_numbers() -> None:
    """Bytes are one part, as the text that they may be."""
    cell = Series(["x", "y"], "shop.sold")
    assert cell.parts() == [Part(0, "x"), Part(1, "y")]
    assert (cell.named(1), cell.named(None), cell.name(1)) == ("shop.sold[1]", "shop.sold", "sold")
    cell.opaque = True
    assert cell.named(1) == "shop.sold"
    assert Series(bytearray(b"ab"), "shop.sold").parts() == [Part(None, b"ab")]


def test_an_item_of_a_list_can_be_exchanged() -> None:
    """As a lock in it is."""
    thing = ["x", "y"]
    Series(thing, "shop.sold").exchange(1, "z")
    assert thing == ["x", "z"]


@settings(max_examples=30)
@given(st.sets(st.integers(0, 50)), st.sets(st.integers(0, 50)))
def test_a_set_is_put_back(before: set[int], after: set[int]) -> None:
    """It is the same one as before."""
    thing = set(before)
    cell = Collection(thing, "shop.seen[0]")
    content = cell.content()
    thing.clear()
    thing |= after
    cell.put_back(content)
    assert thing == before
    assert {part.value for part in cell.parts()} == before
    assert (cell.what, cell.named(None), cell.name(None)) == ("set", "shop.seen[0]", "seen")


def test_a_variable_of_a_closure_is_put_back() -> None:
    """Also to where it was not set yet."""
    cell = closure("x")
    place = Closed(cell, "value` of `shop.remember", "closure variable")
    before = place.content()
    cell.cell_contents = "y"
    place.put_back(before)
    assert cell.cell_contents == "x"
    place.exchange(None, "z")
    assert place.content() == ("z",)
    assert (place.name(None), place.parts()) == ("value", [Part(None, "z")])


def test_a_variable_of_a_closure_may_not_be_set_yet() -> None:
    """Then it has no content, and none again."""
    cell = unset()
    place = Closed(cell, "value` of `shop.remember", "closure variable")
    assert place.content() == ()
    cell.cell_contents = "y"
    place.put_back(())
    assert place.content() == ()


def test_default_arguments_are_put_back() -> None:
    """By position and by name; they are told by the names of the arguments."""
    cell = Defaults(defaulted, "shop.defaulted")
    before = cell.content()
    parts = {part.key: part.value for part in cell.parts()}
    assert parts == {"rest": (), "more": None, "last": 0}
    assert cell.named("more") == "more` of `shop.defaulted"
    assert cell.name("more") == "more"
    defaulted.__defaults__ = ([],)
    assert defaulted.__kwdefaults__ is not None
    defaulted.__kwdefaults__["more"] = 3
    assert not same(cell.content(), before)
    cell.put_back(before)
    assert defaulted(1) == (1, (), None, 0)


def test_a_function_may_have_defaults_of_one_kind_only() -> None:
    """Those that it has are the parts."""

    def by_place(first: int, rest: int = 1) -> None: ...

    def by_name(first: int, *, more: int = 2) -> None: ...

    one, other = Defaults(by_place, "one"), Defaults(by_name, "other")
    assert (one.parts(), other.parts()) == ([Part("rest", 1)], [Part("more", 2)])
    for cell in (one, other):
        cell.put_back(cell.content())
    assert (by_place.__defaults__, by_name.__kwdefaults__) == ((1,), {"more": 2})


def test_cached_results_are_forgotten() -> None:
    """What a cache held before cannot be put into it again."""

    @functools.lru_cache
    def double(number: int) -> int:
        return 2 * number

    cell = Cached(double, "shop.double", lambda function: ["held", function])
    assert cell.parts() == [Part(None, "held"), Part(None, double)]
    assert (cell.what, cell.named(None), cell.name(None)) == (
        "cached results of",
        "shop.double",
        "double",
    )
    before = cell.content()
    double(2)
    assert not same(cell.content(), before)
    cell.put_back(before)
    assert same(cell.content(), before)


@pytest.mark.parametrize("empty", ["", b""])
def test_a_file_in_memory_is_put_back_with_its_position(empty: Any) -> None:
    """Text and bytes."""
    thing: Any = io.StringIO("abc") if isinstance(empty, str) else io.BytesIO(b"abc")
    thing.seek(1)
    cell = Buffer(thing, "shop.log")
    before = cell.content()
    thing.seek(0, io.SEEK_END)
    thing.write(thing.getvalue())
    assert cell.content() != before
    cell.put_back(before)
    assert (thing.getvalue(), thing.tell()) == before == (*[p.value for p in cell.parts()], 1)
    assert (cell.what, cell.name(None)) == ("buffer", "log")


def test_a_file_in_memory_may_be_closed() -> None:
    """It has no content then, and cannot be put back."""
    thing = io.StringIO("abc")
    cell = Buffer(thing, "shop.log")
    before = cell.content()
    thing.close()
    assert cell.content() == ()
    assert cell.parts() == []
    cell.put_back(before)
    cell.put_back(())
    assert thing.closed


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system knows of it, too: a child would inherit it."""
    for name in ("FLASKCTX_KEPT", "FLASKCTX_LOST"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("FLASKCTX_CAME", raising=False)
    cell = Environment(lambda name: name == "FLASKCTX_KEPT")
    before = cell.content()
    assert same(before, cell.content())
    os.environ["FLASKCTX_KEPT"] = os.environ["FLASKCTX_CAME"] = "y"
    del os.environ["FLASKCTX_LOST"]
    assert Part("FLASKCTX_CAME", "y") in cell.parts()
    cell.put_back(before)
    known = {name: value for name, value in os.environ.items() if name.startswith("FLASKCTX_")}
    assert known == {"FLASKCTX_KEPT": "x", "FLASKCTX_LOST": "x"}


def test_names_in_the_environment_are_told_where_they_stand_in_the_source() -> None:
    """Others go by the whole of it."""
    cell = Environment(lambda name: name == "REGION")
    assert (cell.named("REGION"), cell.named("S3CRET")) == ("REGION", "os.environ")
    assert cell.what == "environment variable"
    assert Environment().named("ANY") == "ANY"


def test_what_can_only_be_looked_at_is_never_put_back() -> None:
    """It says what there is at the moment."""
    held = {"user": "x"}
    cell = Seen(lambda: held, "shop.local", "thread-local")
    assert not cell.writable
    assert cell.content() == ("user", "x")
    held["user"] = "y"
    assert cell.parts() == [Part("user", "y")]
    cell.put_back(("user", "x"))
    assert held == {"user": "y"}
    assert cell.named("user") == "shop.local.user"
    cell.opaque = True
    assert cell.named("user") == "shop.local"


def test_the_order_of_a_dictionary_is_put_back() -> None:
    """One that can be told to move a key, and one whose key came anew."""
    ordered = OrderedDict(a=1, b=2)
    plain = {"a": 1, "b": 2}
    cells = [Mapping(ordered, "ordered"), Mapping(plain, "plain")]
    before = [cell.content() for cell in cells]
    ordered.move_to_end("a")
    plain["a"] = plain.pop("a")
    assert [cell.content() for cell in cells] != before
    for cell, content in zip(cells, before, strict=True):
        cell.put_back(content)
    assert (list(ordered), list(plain)) == (["a", "b"], ["a", "b"])
