"""Source for display: the marked line, and carets that stand under what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import site
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.reports.sources import excerpt, read
from pytest_flaskctx.reports.terminalsafe import escape, width


@pytest.fixture
def app(tmp_path: Path) -> Path:
    lines = ["def work():", "", "\tif True:", "\t\tsend(request.args)", "        é, 日本 = request"]
    (tmp_path / "app.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_underline(app: Path) -> None:
    """The expression is underlined, tabs and indentation notwithstanding."""
    place = site(line=4, column=7, end_column=19)
    assert excerpt(place, root=app, before=1) == [
        "    if True:",
        ">           send(request.args)",
        "                 ^^^^^^^^^^^^",
    ]


def test_underline_after_wide_characters(app: Path) -> None:
    """A character that is two columns wide moves the underline by two."""
    place = site(line=5, column=16, end_column=23)
    assert excerpt(place, root=app) == [
        ">   é, 日本 = request",
        "              ^^^^^^^",
    ]


def test_expression_of_several_lines(app: Path) -> None:
    """An expression that ends on a later line is underlined to the end of its first one."""
    place = site(line=4, column=2, end_column=None)
    assert excerpt(place, root=app)[1] == "    ^^^^^^^^^^^^^^^^^^"


@pytest.mark.parametrize("changes", [{"column": None}, {"column": 99}, {"column": 5}])
def test_no_underline_where_columns_tell_nothing(app: Path, changes: dict[str, int]) -> None:
    """Columns that are unknown, beyond the line or empty underline nothing."""
    place = site(line=4, end_column=5, **changes)
    assert excerpt(place, root=app) == [">   send(request.args)"]


def test_blank_lines_above_are_left_out(app: Path) -> None:
    """Context does not begin with a blank line; pytest's highlighter would swallow it."""
    assert read("app.py", 3, root=app, before=1) == ["\tif True:"]


def test_unreadable_source(tmp_path: Path) -> None:
    """Where there is no source, the expression stands for the line."""
    assert read("gone.py", 3, root=tmp_path) == []
    assert excerpt(site(file="gone.py"), root=tmp_path) == [">   {incoming}"]
    assert excerpt(site(file="<string>", expression=""), root=tmp_path) == []


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("two\nlines\r\t", r"two\nlines\r\t"),
        ("\u202etxt.exe\u2028", r"\u202etxt.exe\u2028"),
        ("lone \udc80", r"lone \udc80"),
        ("日本 é", "日本 é"),
    ],
)
def test_escape(text: str, safe: str) -> None:
    """What would move the cursor, colour or reorder is spelt out; letters stay."""
    assert escape(text) == safe


@given(st.text())
def test_escape_is_printable_and_final(text: str) -> None:
    """Escaped text is one line that can be written as UTF-8, and escaping it again is no change."""
    safe = escape(text)
    assert len(f"{safe}.".splitlines()) == 1
    assert "\x1b" not in safe
    assert escape(safe) == safe
    safe.encode()


def test_width() -> None:
    """Width is in columns: an accent put over a letter takes none."""
    assert [width(text) for text in ("abc", "日本", "e\u0301")] == [3, 4, 1]


@given(
    # No Python has a null in it, and from 3.14 on nothing reads it as one; a mark of the byte order
    # at the start of a file is no part of its first line.
    before=st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\ufeff"), max_size=12),
    used=st.text("abc日", min_size=1, max_size=5),
)
def test_underline_is_as_wide_as_what_it_means(
    tmp_path_factory: pytest.TempPathFactory, before: str, used: str
) -> None:
    """Whatever stands before an expression, the carets begin where it does and end with it."""
    root = tmp_path_factory.mktemp("any")
    (root / "app.py").write_text(f"{before}x{used}", encoding="utf-8", newline="")
    column = len(before) + 1
    place = site(line=1, column=column, end_column=column + len(used))
    marked, underline = excerpt(place, root=root)
    assert marked.endswith(used)
    start = width(marked.removesuffix(used))
    assert underline == " " * start + "^" * width(used)


def test_a_name_that_no_file_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some Pythons do not even ask for such a file, but raise."""

    def refuse(path: str) -> list[str]:
        raise ValueError(path)

    monkeypatch.setattr("linecache.getlines", refuse)
    assert read("no\0file", 1, root=Path("/")) == []
