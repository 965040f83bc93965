"""Reading the user's source: the expression that ran, and what stands around it."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_flaskctx import source
from pytest_flaskctx.facts import Frame
from pytest_flaskctx.stacks import StackRenderer

Place = Callable[..., Frame]


class Proxy:
    """Remembers where it was used last."""

    def __init__(self) -> None:
        self.frame: Frame | None = None

    def _used(self) -> Proxy:
        caller: FrameType = sys._getframe(2)
        raw = ((caller.f_code, caller.f_lasti),)
        (self.frame,) = StackRenderer(lambda file: "user")(raw)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "json":
            return self._used()
        raise AttributeError(name)

    def __getitem__(self, key: object) -> Any:
        return self._used()

    def __setitem__(self, key: object, value: object) -> None:
        self._used()

    def __delitem__(self, key: object) -> None:
        self._used()

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._used()

    def __str__(self) -> str:
        self._used()
        return "proxy"

    def __format__(self, spec: str) -> str:
        self._used()
        return "proxy"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Run a text as a file, and return where ``proxy`` was used last in it."""
    folder = tmp_path_factory.mktemp("made")
    numbers = iter(range(10**6))

    def run(text: str, name: str = "proxy") -> Frame:
        file = str(folder / f"made_{next(numbers)}.py")
        Path(file).write_text(text, encoding="utf-8")
        proxy = Proxy()
        exec(compile(text, file, "exec"), {name: proxy})
        assert proxy.frame is not None
        return proxy.frame

    return run


USES = ["proxy.json", "proxy['ü']", "proxy(1)", 'f"{proxy}"', "str(proxy)", "proxy.json.json"]
AROUND = ["[1, {}]", "('ä', {})", "repr({})", "({}\n    )", "({} and 'ß')"]
BLOCKS = ["value = {}", "if True:\n    value = {}", "def f():\n    return {}\nf()", "é = {}; b = 2"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(USES),
    st.lists(st.sampled_from(AROUND), max_size=3),
    st.sampled_from(BLOCKS),
    st.integers(0, 3),
)
def test_the_expression_that_ran_is_found_anywhere(
    place: Place, use: str, around: list[str], block: str, above: int
) -> None:
    """Wherever an expression is put, its line and columns cut out just its text."""
    text = use
    for each in around:
        text = each.replace("{}", text)
    program = "# ünder\n" * above + block.replace("{}", text) + "\n"
    frame = place(program)
    site = source.site(frame, Path(frame.file).parent)
    line = program.splitlines()[site.line - 1]
    cut = line[site.column : site.end_column]
    assert cut == site.expression
    assert cut in {use, "proxy.json", "{proxy}"}
    assert site.file == os.path.basename(frame.file)


def test_an_expression_over_several_lines_is_told_on_one(place: Place) -> None:
    """It has no end column, for it does not end on its first line."""
    frame = place("value = proxy(\n    1,\n    2,\n)\n")
    site = source.site(frame, Path("/"))
    assert (site.line, site.column, site.end_column) == (1, 8, None)
    assert site.expression == "proxy( 1, 2, )"


def test_a_field_of_an_older_python_stands_at_its_value() -> None:
    """On 3.11 a field has the extent of its whole string, so its number tells which one it is."""
    text = "x = f'{one} {two!r:>{width}} {three}'\n"
    file = "<made-older>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    found = []
    for number in range(4):
        frame = Frame(file, 1, "f", end_line=1, column=4, end_column=37, field=number)
        parsed = source.tree(file)
        assert parsed is not None
        node = parsed.node(frame)
        assert node is not None
        found.append(parsed.segment(node))
        source.site(frame, Path("/"))
    assert found == ["{one}", "{width}", "{two}", "{three}"]
    whole = Frame(file, 1, "f", end_line=1, column=4, end_column=37, field=9)
    assert source.site(whole, Path("/")).expression == "f'{one} {two!r:>{width}} {three}'"


@pytest.mark.parametrize(
    ("text", "line"),
    [("x = (\n", "x = ("), ("\0", "\0"), ("not python at all {{\n", "not python at all {{")],
)
def test_a_file_that_cannot_be_parsed_gives_its_line(text: str, line: str) -> None:
    """A template, or a file that changed since, still has a line to show."""
    file = f"<made-{abs(hash(text))}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    frame = Frame(file, 1, "f", end_line=1, column=0, end_column=1)
    assert source.site(frame, Path("/")).expression == line.strip()
    assert not source.guarded(frame)
    assert not source.asks_with_default(frame)
    assert source.use(frame) == source.Use(line.strip(), line.strip(), "", writes=False)


@pytest.mark.filterwarnings("error")
def test_what_python_would_warn_of_is_read_without_a_word(tmp_path: Path) -> None:
    """In a suite that turns warnings into errors, too: else a guard would not be known for one."""
    file = tmp_path / "digits.py"
    file.write_text("try:\n    use('\\d')\nexcept RuntimeError:\n    pass\n")
    frame = Frame(str(file), 2, "f", end_line=2, column=4, end_column=13)
    assert source.guarded(frame)
    assert source.site(frame, tmp_path).expression == "use('\\d')"


def test_a_file_that_is_gone_gives_nothing() -> None:
    """Where there is no source, there is a place without words."""
    frame = Frame("/nowhere/gone.py", 7, "f")
    site = source.site(frame, Path("/elsewhere"))
    assert (site.file, site.line, site.column, site.expression) == ("/nowhere/gone.py", 7, None, "")


def test_a_file_that_is_no_python_is_not_parsed(tmp_path: Path) -> None:
    """A template's line is shown as it stands."""
    file = tmp_path / "page.html"
    file.write_text("{{ request.path }}\n")
    assert source.tree(str(file)) is None
    site = source.site(Frame(str(file), 1, "root"), tmp_path)
    assert site.expression == "{{ request.path }}"


def test_a_frame_without_columns_gives_its_line(place: Place) -> None:
    """With ``-X no_debug_ranges`` the whole line has to do."""
    frame = place("value = 1 + len(str(proxy))\n")
    bare = Frame(frame.file, frame.line, frame.function)
    assert source.site(bare, Path("/")).expression == "value = 1 + len(str(proxy))"


def test_files_are_let_go_and_what_was_read_of_them_is_kept(place: Place) -> None:
    """A parsed file is thousands of objects; a suite in which many tests leak reads it once."""
    frame = place("value = 1 + len(str(proxy))\n")
    with source.reading():
        told = source.site(frame, Path("/")), source.use(frame)
        parsed = source.tree(frame.file)
        assert source.tree(frame.file) is parsed
    assert source.tree.cache_info().currsize == 0
    assert (source.site(frame, Path("/")), source.use(frame)) == told
    assert source.tree.cache_info().currsize == 0


def test_files_are_shown_from_the_root(tmp_path: Path) -> None:
    """Under the root a path is relative, also through a link; elsewhere it is absolute."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real", target_is_directory=True)
    assert source.shown(str(tmp_path / "real" / "a.py"), link) == "a.py"
    assert source.shown(str(link / "sub" / "a.py"), tmp_path / "real") == "sub/a.py"
    assert source.shown("/other/a.py", tmp_path) == "/other/a.py"
    assert source.shown("<string>", tmp_path) == "<string>"
    assert source.shown("/no\0file", tmp_path) == "/no\0file"
    assert source.shown("/no\ud800file", tmp_path) == "/no\ud800file"
    assert source.shown(str(tmp_path) + "2/a.py", tmp_path) == str(tmp_path) + "2/a.py"


CHAINS = {
    "proxy.json": ("proxy.json", "proxy.json", "proxy", False),
    "proxy.json['a'].json": ("proxy.json['a'].json", "proxy.json['a'].json", "", False),
    "str(proxy)": ("str(proxy)", "str(proxy)", "str", False),
    'f"{proxy}"': ("{proxy}", "{proxy}", "proxy", False),
    "proxy['a'] = 1": ("proxy['a']", "proxy['a']", "proxy", True),
    "del proxy['a']": ("proxy['a']", "proxy['a']", "proxy", True),
    "proxy(1)": ("proxy(1)", "proxy(1)", "proxy", False),
    "[proxy][0].json": ("[proxy][0].json", "[proxy][0].json", "", False),
}


@pytest.mark.parametrize("text", CHAINS)
def test_the_chain_that_an_access_begins(place: Place, text: str) -> None:
    """What is read, how the source names what it is read from, and whether it is written to."""
    assert source.use(place(text + "\n")) == source.Use(*CHAINS[text][:3], writes=CHAINS[text][3])


def test_the_longest_chain_goes_beyond_what_ran(place: Place) -> None:
    """From the first attribute on, everything that hangs on it is one value to pass."""
    with_error = "try:\n    proxy.json.missing.more\nexcept AttributeError: pass\n"
    used = source.use(place(with_error))
    assert (used.expression, used.chain) == ("proxy.json", "proxy.json.missing.more")


GUARDS = {
    "try:\n    proxy.json\nexcept RuntimeError:\n    pass": True,
    "try:\n    proxy.json\nexcept (KeyError, RuntimeError):\n    pass": True,
    "try:\n    proxy.json\nexcept Exception:\n    pass": False,
    "try:\n    proxy.json\nexcept (KeyError, OSError):\n    pass": False,
    "try:\n    proxy.json\nexcept:\n    pass": False,
    "try:\n    pass\nexcept RuntimeError:\n    pass\nelse:\n    proxy.json": False,
    "try:\n    1/0\nexcept ZeroDivisionError:\n    proxy.json": False,
    "import contextlib\nwith contextlib.suppress(RuntimeError):\n    proxy.json": True,
    "from contextlib import suppress\nwith suppress(KeyError, RuntimeError):\n    proxy.json": True,
    "from contextlib import suppress\nwith suppress(KeyError):\n    proxy.json": False,
    "import threading\nwith threading.Lock():\n    proxy.json": False,
    "import threading\nlock = threading.Lock()\nwith lock:\n    proxy.json": False,
    "def f():\n    try:\n        proxy.json\n    except RuntimeError: pass\nf()": True,
    "def f():\n    proxy.json\ntry:\n    f()\nexcept RuntimeError: pass": False,
    "try:\n    (lambda: proxy.json)()\nexcept RuntimeError: pass": False,
    "proxy.json": False,
}


@pytest.mark.parametrize("text", GUARDS)
def test_a_guard_names_the_error_in_the_same_function(place: Place, text: str) -> None:
    """Who handles a RuntimeError just there expects it; ``except Exception`` is no guard."""
    assert source.guarded(place(text + "\n")) is GUARDS[text]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("def f():\n    if not has_request_context():\n        proxy.json\nf()", True),
        ("def f():\n    return flask.has_request_context if proxy.json else 1\nf()", True),
        ("def f():\n    proxy.json\n    return has_request_context()\nf()", False),
        ("def f():\n    ask = 1\n    proxy.json\nf()", False),
        ("def f():\n    proxy.json\nhas_request_context = 1\nf()", False),
        ("has_request_context = 1\nproxy.json", False),
    ],
)
def test_who_asks_first_speaks_of_it(place: Place, text: str, asked: bool) -> None:
    """In the same function, up to the line that ran."""
    frame = place(f"import flask\nfrom flask import has_request_context\n{text}\n")
    assert source.mentions(frame, frozenset({"has_request_context"})) is asked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("return proxy.json if proxy else 1", True),
        ("if not proxy:\n    return\n  proxy.json", True),
        ("while unknown or proxy and proxy.json:\n    break", True),
        ("assert bool(proxy)\n  proxy.json", True),
        ("return 1 and proxy.json", False),
        ("if not unknown:\n    proxy.json", False),
        ("proxy.json\n  if proxy: pass", False),
        ("if proxy:\n    [proxy][0].json", False),
    ],
)
def test_who_tests_the_truth_first_asks(place: Place, text: str, asked: bool) -> None:
    """Of the same thing, in the same function, up to the line that ran."""
    frame = place(f"unknown = 0\ndef job():\n  {text}\njob()\n")
    assert source.tested(frame) is asked


def test_what_stands_in_no_function_asks_nothing(place: Place) -> None:
    """A module has no place from which it is called; nor has what nobody can read."""
    assert not source.tested(place("if proxy: proxy.json\n"))
    assert not source.tested(Frame("/nowhere/shop.py", 3, "job"))


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ('getattr(proxy, "json", None)', True),
        ('getattr(proxy, "json")', False),
        ("str(proxy)", False),
        ("proxy.json", False),
        ("[proxy][0](1, 2, 3)", False),
    ],
)
def test_asking_with_a_default_is_a_guard(place: Place, text: str, asks: bool) -> None:
    """``getattr(x, "name", default)`` has an answer for when there is none."""
    assert source.asks_with_default(place(text + "\n")) is asks


BREAKS = ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("mark", BREAKS)
@pytest.mark.parametrize("above", ["# {}", "'{}'", "'''\n{}'''", "'''{}\n'''"])
def test_lines_end_where_python_ends_them(place: Place, mark: str, above: str) -> None:
    """And not at what else may part lines of a text."""
    text = above.replace("{}", mark)
    frame = place(f"{text}\n'ü', proxy.json\n")
    site = source.site(frame, Path(frame.file).parent)
    assert (site.line, site.column, site.end_column) == (text.count("\n") + 2, 5, 15)
    assert site.expression == "proxy.json"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_three_ways(end: str) -> None:
    """The last one may not end at all."""
    for last in ("", "'ü'"):
        tree = source.Tree(f"a = 1{end}{end}'\f'{end}{last}")
        assert tree.lines == [line for line in (f"a = 1{end}", end, f"'\f'{end}", last) if line]


def test_a_line_beyond_the_file_keeps_its_column() -> None:
    """A file that shrank since it was run is no reason to fail."""
    assert source.Tree("x = 1\n").characters(9, 4) == 4


LOCKS = """
from contextlib import nullcontext
lock = nullcontext()
class box:
    lock = lock
    app_context = entered = staticmethod(nullcontext)
def job():
"""


@pytest.mark.parametrize(
    ("body", "users", "librarys"),
    [
        ("    proxy.json", False, False),
        ("    with lock:\n        proxy.json", True, True),
        ("    with lock:\n        pass\n    proxy.json", False, False),
        ("    with box.lock:\n        proxy.json", True, True),
        ("    with box.app_context():\n        proxy.json", False, False),
        ("    with box.entered():\n        proxy.json", True, False),
        ("    with nullcontext(proxy.json):\n        pass", True, False),
        ("    with lock, nullcontext(proxy.json):\n        pass", True, True),
        ("    proxy.json\n    lambda: lock.acquire()", True, True),
        ("    with lock:\n        def inner():\n            proxy.json\n    inner()", False, False),
    ],
)
def test_a_lock_around_a_line_is_seen(place: Place, body: str, users: bool, librarys: bool) -> None:
    """Whatever the user enters around it may be one; what a library does, by its name only."""
    frame = place(f"{LOCKS}{body}\njob()\n")
    assert source.serialised(frame) is users
    assert source.serialised(frame._replace(kind="library")) is librarys


@pytest.mark.parametrize(("items", "locked"), [("lock", False), ("lock, lock", True)])
def test_the_header_of_a_with_is_all_that_is_known(place: Place, items: str, locked: bool) -> None:
    """Python 3.11 does not tell which item was entered: what may come before it counts."""
    frame = place(f"{LOCKS}    with {items}: proxy.json\njob()\n")
    assert source.serialised(frame._replace(column=4)) is locked


def test_without_a_source_anything_may_be_locked() -> None:
    """Nothing is accused of what cannot be read."""
    assert source.serialised(Frame("<nowhere>", 1, "job"))


MADE = """\
from shop.data import orders
import queue as inbox

first, (second, *rest) = 1, (2, 3)
if first:
    third: int = 4
for number in (1, 2):
    fourth = number


def price(order, cache={}):
    local = order
    return local


async def later():
    global last, ignored
    last = orders


class Service:
    current = None

    class Inner:
        kept = {}

    def method(self):
        hidden = 1
        return hidden
"""


@pytest.mark.parametrize(
    ("names", "line", "function", "column"),
    [
        (("first",), 4, "<module>", 0),
        (("second",), 4, "<module>", 8),
        (("rest",), 4, "<module>", 17),
        (("third",), 6, "<module>", 4),
        (("number",), 7, "<module>", 4),
        (("fourth",), 8, "<module>", 4),
        (("price",), 11, "<module>", None),
        (("later",), 16, "<module>", None),
        (("last",), 18, "<module>", 4),
        (("Service",), 21, "<module>", None),
        (("Service", "current"), 22, "Service", 4),
        (("Service", "Inner", "kept"), 25, "Service.Inner", 8),
        (("Service", "method"), 27, "Service", None),
        # Made elsewhere: its class is shown.
        (("Service", "later"), 21, "<module>", None),
    ],
)
def test_what_a_module_makes_is_found(
    tmp_path: Path, names: tuple[str, ...], line: int, function: str, column: int | None
) -> None:
    """A global or a class's attribute is found where it is made first."""
    file = tmp_path / "shop.py"
    file.write_text(MADE)
    with source.reading():
        frame = source.definition(str(file), names)
    assert frame is not None
    assert (frame.line, frame.function, frame.column) == (line, function, column)


@pytest.mark.parametrize("name", ["orders", "inbox", "local", "hidden", "ignored", "nothing"])
def test_what_a_module_imports_or_hides_is_not_made_by_it(tmp_path: Path, name: str) -> None:
    """Nor is what only functions have."""
    file = tmp_path / "shop.py"
    file.write_text(MADE)
    with source.reading():
        assert source.definition(str(file), (name,)) is None
        assert source.definition(str(tmp_path / "gone.py"), (name,)) is None


@pytest.mark.parametrize(
    ("key", "stands"),
    [("'cart'", True), ("'name'", True), ("7", True), ("'token'", False), ("77", False)],
)
def test_a_key_is_spelt_by_the_source_or_is_data(tmp_path: Path, key: str, stands: bool) -> None:
    """A string in either quotes, a number in a subscript; nothing of a file that is gone."""
    file = tmp_path / "views.py"
    file.write_text("session['cart'] = session[\"name\"], session[7], token, 77\n")
    assert source.spells(str(file), key) is stands
    assert not source.spells(str(tmp_path / "gone.py"), key)


def test_names_that_things_are_passed_by(tmp_path: Path) -> None:
    """Keywords, parameters and keys; neither what they stand for nor any other text."""
    file = tmp_path / "shop.py"
    file.write_text(
        "def send(a, *b, c=1, **d): ...\n"
        "send(e=f, **{'g': 'h', i: 2, 3: 4, **j})\n"
        "k['l'] = k[5]['m':]\n"
        "print('n')\n"
    )
    assert source.names(str(file)) == set("abcdegl")
    assert source.names(str(tmp_path / "none.py")) == set()
