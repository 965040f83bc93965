"""What children write: whole lines come over as they were, and nothing else does."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx import letters
from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.letters import Aftermath, Handed, Mailbox, Read, Seen

texts = st.text(max_size=6)
numbers = st.integers(-(10**6), 10**6)
files = texts.map(lambda text: f"/nowhere/{text}.py")
maybe = st.none() | numbers
places = st.tuples(files, numbers, texts, maybe, maybe, maybe, maybe, numbers)
stacks = st.lists(places, max_size=2).map(tuple)
words = st.none() | st.tuples(texts, texts, st.none() | texts)
handed = st.builds(
    Handed, st.sampled_from(get_args(OriginKind)), stacks, texts, words, st.booleans()
)
chains = st.tuples(st.lists(handed, max_size=2), st.lists(numbers, max_size=1)).map(
    lambda parts: (*parts[0], *parts[1])
)
reads = st.builds(
    Read,
    numbers,
    *(st.booleans() for _ in range(3)),
    st.none() | st.booleans(),
    st.booleans(),
    texts,
    st.booleans(),
    words,
)
seen = st.builds(
    Seen,
    *(texts for _ in range(3)),
    st.booleans(),
    texts,
    numbers,
    st.floats(allow_nan=False),
    st.none() | chains,
    st.none() | chains,
    st.none() | reads,
    stacks,
)
aftermaths = st.builds(
    Aftermath, texts, st.booleans(), st.lists(st.lists(texts).map(tuple), max_size=2).map(tuple)
)
ACCESS = Seen(
    mark="7-1",
    proxy="request",
    operation="__getattr__",
    extension=False,
    thread="MainThread",
    process=7,
    at=1.5,
    task=(Handed("thread", (), "MainThread", ("GET", "/", "index"), inline=False), 3),
    started=None,
    context=Read(1, False, False, True, False, True, "MainThread", True, ("GET", "/", None)),
    stack=(("/nowhere/app.py", 3, "work", 3, 0, 9, None, 1),),
)


@pytest.fixture
def mailbox() -> Any:
    """A folder that is removed again."""
    mailbox = Mailbox()
    yield mailbox
    mailbox.remove()


def line(letter: object) -> bytes:
    """Return a letter as it is written."""
    return json.dumps(letter).encode() + b"\n"


@given(seen | aftermaths)
def test_a_letter_arrives_as_it_was_written(letter: Seen | Aftermath) -> None:
    """Whatever the types allow is read as the same."""
    assert letters.read(line(letter)) == letter


@given(st.binary() | st.text().map(str.encode) | st.from_type(object).map(repr).map(str.encode))
def test_what_is_no_letter_is_passed_over(text: bytes) -> None:
    """No line makes the reader fail."""
    assert letters.read(text) is None


@pytest.mark.parametrize("text", [b"[" * 100_000, b'"aaaaaaaaaaa"', b"{}", b"9" * 5000, b"null"])
def test_what_is_json_and_no_letter_is_passed_over(text: bytes) -> None:
    """Nor does one that is deep, long, or of another shape."""
    assert letters.read(text) is None


def wrong(word: Any) -> list[Any]:
    """Return words in the place of ``word`` that are not of its type."""
    others = ["text", 7, 1.5, True, {}, [[]]]
    kinds = (type(word), type(None))
    # A stack, a chain and a list of paths may be empty lists, a line number no float.
    return [other for other in others if type(other) not in kinds]


@pytest.mark.parametrize("number", range(len(Seen._fields)), ids=Seen._fields)
def test_a_line_with_one_wrong_word_is_passed_over(number: int) -> None:
    """Each word is held against its type."""
    whole = json.loads(line(ACCESS))
    assert letters.read(line(whole)) == ACCESS
    for other in wrong(whole[number]):
        assert letters.read(line([*whole[:number], other, *whole[number + 1 :]])) is None


@pytest.mark.parametrize("number", range(len(Read._fields)), ids=Read._fields)
def test_a_context_with_one_wrong_word_is_passed_over(number: int) -> None:
    """So is each word of a context."""
    assert ACCESS.context is not None
    whole: list[Any] = list(ACCESS.context)
    for other in wrong(whole[number]):
        context = [*whole[:number], other, *whole[number + 1 :]]
        assert letters.read(line(ACCESS._replace(context=context))) is None


@pytest.mark.parametrize(
    "chain",
    [
        [3, 4],
        [3, ["thread", [], "t", None, False]],
        [["by post", [], "t", None, False]],
        [["thread", [], "t", ["GET", "/"], False]],
        ["3"],
        {"3": 4},
    ],
    ids=repr,
)
def test_a_task_that_cannot_be_is_passed_over(chain: Any) -> None:
    """The parent's own number ends a chain, and the mechanisms are known."""
    assert letters.read(line(ACCESS._replace(task=chain))) is None


@pytest.mark.parametrize(
    "place",
    [
        ["/nowhere/a.py", 1, "f", None, None, None, None],
        ["/nowhere/a.py", None, "f", None, None, None, None, 1],
        ["/nowhere/a.py", 1, "f", "2", None, None, None, 1],
        [os.devnull, 1, "f", None, None, None, None, 1],
        [os.sep, 1, "f", None, None, None, None, 1],
    ],
    ids=repr,
)
def test_a_frame_that_cannot_be_is_passed_over(place: Any) -> None:
    """Nor is anything read for source that is no file."""
    assert letters.read(line(ACCESS._replace(stack=[place]))) is None


def test_a_letter_goes_from_the_child_to_its_parent(mailbox: Mailbox) -> None:
    """Each line is read once, and nobody else may look at it."""
    letters.write(mailbox.folder, ACCESS)
    assert [letters.read(each) for each in mailbox.lines()] == [ACCESS]
    assert list(mailbox.lines()) == []
    letters.write(mailbox.folder, Aftermath("7-1", True, ()))
    assert len(list(mailbox.lines())) == 1
    (file,) = Path(mailbox.folder).iterdir()
    if os.name == "posix":
        assert stat.S_IMODE(os.stat(mailbox.folder).st_mode) == 0o700
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_that_is_not_whole_waits(mailbox: Mailbox) -> None:
    """A child may be writing; what a dead one left is passed over with the line behind it."""
    file = Path(mailbox.folder, "7.jsonl")
    file.write_bytes(line(ACCESS)[:20])
    assert list(mailbox.lines()) == []
    file.write_bytes(line(ACCESS))
    assert len(list(mailbox.lines())) == 1
    file.write_bytes(line(ACCESS) + line(ACCESS)[:20] + line(ACCESS) + line(ACCESS))
    assert [letters.read(each) for each in mailbox.lines()] == [None, ACCESS]


def test_a_line_without_end_is_passed_over(mailbox: Mailbox) -> None:
    """It is not held in memory as a whole, and what follows is read."""
    file = Path(mailbox.folder, "7.jsonl")
    file.write_bytes(b"x" * (3 * letters.LONGEST + 5) + b"\n" + line(ACCESS))
    read = [letters.read(each) for each in mailbox.lines()]
    assert read == [None, None, None, None, ACCESS]


def test_only_letters_are_read(mailbox: Mailbox) -> None:
    """A file of another name is none, nor is a link."""
    other = Path(mailbox.folder, "7.txt")
    other.write_bytes(line(ACCESS))
    if os.name == "posix":
        Path(mailbox.folder, "8.jsonl").symlink_to(other)
    assert list(mailbox.lines()) == []


def test_the_folder_goes_and_nobody_minds(mailbox: Mailbox) -> None:
    """A child that outlives the run writes to nobody."""
    folder = mailbox.folder
    letters.write(folder, ACCESS)
    mailbox.remove()
    assert not os.path.exists(folder)
    letters.write(folder, ACCESS)
    assert not os.path.exists(folder)
    assert list(mailbox.lines()) == []
    mailbox.remove()


def test_two_that_ask_at_once_get_one_folder(mailbox: Mailbox, monkeypatch) -> None:
    """The one that was made in vain is gone."""
    made: list[str] = []

    def new_folder() -> str:
        made.append(original())
        mine = made[-1]
        if len(made) == 1:
            # As if another thread had come between.
            assert mailbox.folder == made[-1]
        return mine

    original = letters._new_folder
    monkeypatch.setattr(letters, "_new_folder", new_folder)
    assert mailbox.folder == made[-1]
    assert [os.path.exists(each) for each in made] == [False, True]


def test_what_is_not_ours_stays(mailbox: Mailbox, monkeypatch, tmp_path: Path) -> None:
    """A test's stand-in for `mkdtemp` is not asked, and what lies in our folder may be anybody's."""
    (tmp_path / "data.txt").write_text("the user's")
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **words: str(tmp_path))
    folder = Path(mailbox.folder)
    assert folder != tmp_path
    (folder / "data.txt").write_text("the user's")
    letters.write(str(folder), ACCESS)
    mailbox.remove()
    assert [each.name for each in folder.iterdir()] == ["data.txt"]
    (folder / "data.txt").unlink()
    folder.rmdir()


def test_a_folder_that_somebody_removed_holds_nothing(mailbox: Mailbox) -> None:
    """Nor is it an error."""
    os.rmdir(mailbox.folder)
    assert list(mailbox.lines()) == []


def test_a_full_disk_is_nobodys_concern(mailbox: Mailbox, monkeypatch) -> None:
    """The line is lost, and the program goes on."""

    def full(file: int, text: bytes) -> int:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "write", full)
    letters.write(mailbox.folder, ACCESS)
    monkeypatch.undo()
    assert list(mailbox.lines()) == []


def test_another_process_has_another_folder(mailbox: Mailbox, monkeypatch) -> None:
    """One that was forked away neither reads nor removes what its parent's children write."""
    folder, process = mailbox.folder, os.getpid()
    letters.write(folder, ACCESS)
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    assert list(mailbox.lines()) == []
    mailbox.remove()
    assert os.path.exists(folder)
    assert mailbox.folder != folder
    mailbox.remove()
    monkeypatch.undo()
    assert os.path.exists(folder)
    Path(folder, f"{process}.jsonl").unlink()
    os.rmdir(folder)
