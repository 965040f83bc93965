"""Source in colour, with the expression marked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from builders import site
from hypothesis import given
from hypothesis import strategies as st
from stories import project

from pytest_flaskctx.reports.html import source
from pytest_flaskctx.reports.html.source import Line, Piece, Sources, code


def text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def whole(line: Line) -> str:
    return text(line.before) + text(line.marked) + text(line.after)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path)


def test_the_line_stands_among_its_neighbours(root: Path) -> None:
    """Some lines above it and below it; blank ones at the edges are left out."""
    lines = Sources(root).lines(site())
    assert [(line.number, line.here) for line in lines] == [
        (12, False),
        (13, False),
        (14, False),
        (15, True),
    ]
    assert whole(lines[-1]) == '    return f"Processed {incoming}"'
    assert text(lines[-1].marked) == "{incoming}"


def test_blank_lines_above_are_left_out(root: Path) -> None:
    """The excerpt begins with something to read."""
    assert next(line.number for line in Sources(root).lines(site(line=12))) == 9
    assert next(line.number for line in Sources(root).lines(site(line=13))) == 12


def test_it_is_coloured(root: Path) -> None:
    """Keywords, strings, numbers and names have classes; what stands alike is one piece."""
    first, second, third, *_ = Sources(root).lines(site())
    assert first.before == (Piece("def ", "k"), Piece("process_task", "f"), Piece("():", ""))
    assert second.before == (Piece("    incoming = request", ""),)
    assert third.before[1] == Piece("3", "m")


def test_a_string_that_began_far_above_is_one(tmp_path: Path) -> None:
    """The file is read from its beginning, not from the first line that is shown."""
    (tmp_path / "app.py").write_text('"""\n' + "def x(): pass\n" * 9 + '"""\n')
    (*_, line) = Sources(tmp_path).lines(site(line=8, column=None))
    assert line.before == (Piece("def x(): pass", "s"),)


def test_a_file_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand findings in fifty files are fifty files to be highlighted."""
    sources = Sources(root)
    first = sources.lines(site())
    monkeypatch.setattr(source, "_lexed", None)
    assert sources.lines(site()) == first


@pytest.mark.parametrize(
    ("column", "end", "marked"),
    [
        (4, 10, "return"),
        (4, None, 'return f"Processed {incoming}"'),
        (4, 999, 'return f"Processed {incoming}"'),
        (10, 4, ""),
        (None, None, ""),
        (-1, 5, ""),
        (99, 100, ""),
    ],
)
def test_extent(root: Path, column: int | None, end: int | None, marked: str) -> None:
    """An expression of several lines is marked to the end of its first one; an odd one not at all."""
    line = Sources(root).lines(site(column=column, end_column=end))[-1]
    assert text(line.marked) == marked
    assert whole(line) == '    return f"Processed {incoming}"'


def test_no_source(tmp_path: Path) -> None:
    """The expression stands for a line that cannot be read; without one there is nothing."""
    (line,) = Sources(tmp_path).lines(site())
    assert text(line.marked) == "{incoming}"
    assert Sources(tmp_path).lines(site(expression="")) == []


def test_other_files_are_not_python(tmp_path: Path) -> None:
    """A template is shown as it is, and so is a file that is too long to be worth it."""
    (tmp_path / "page.html").write_text("<b>if</b>\n")
    (line,) = Sources(tmp_path).lines(site(file="page.html", line=1, column=None))
    assert line.before == (Piece("<b>if</b>", ""),)
    (tmp_path / "long.py").write_text("if x: pass\n" * 40_000)
    assert Sources(tmp_path).lines(site(file="long.py", line=1, column=None))[0].before == (
        Piece("if x: pass", ""),
    )


def test_endless_lines_are_cut(tmp_path: Path) -> None:
    """A line of minified code does not fill the page."""
    (tmp_path / "app.py").write_text(f"x = '{'y' * 9000}'\n")
    (line,) = Sources(tmp_path).lines(site(line=1, column=None))
    assert len(whole(line)) == source.LONGEST + 1
    assert whole(line).endswith("…")


def test_without_pygments(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest brings it from 8.4 on; before, source has no colours."""
    monkeypatch.setitem(sys.modules, "pygments.lexers.python", None)
    line = Sources(root).lines(site())[-1]
    assert [*line.before, *line.marked, *line.after] == [
        Piece('    return f"Processed ', ""),
        Piece("{incoming}", ""),
        Piece('"', ""),
    ]


def test_code_of_a_hint() -> None:
    """Code that stands in no file is coloured, too, line by line."""
    assert code("import x\n\ny = 1") == [
        (Piece("import ", "k"), Piece("x", "")),
        (),
        (Piece("y = ", ""), Piece("1", "m")),
    ]


def test_blanks_at_the_end_of_a_line_are_left_out() -> None:
    """A line of nothing else is empty."""
    assert code("   \nx  ") == [(), (Piece("x", ""),)]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_nothing_is_lost(text_: str) -> None:
    """Colours change no character, but for blanks at the ends of lines."""
    wanted = [line.rstrip() for line in text_.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    found = ["".join(piece.text for piece in line) for line in source._lexed(text_)]
    assert found == [line.removeprefix("\ufeff") for line in wanted[:1]] + wanted[1:]
