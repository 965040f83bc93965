"""What children write: whole lines come over as they were, and nothing else does."""

from __future__ import annotations

import builtins
import json
import os
import shutil
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
from pytest_flaskctx.system import System

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
    st.booleans(),
    numbers,
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
    context=Read(
        1, False, False, True, False, True, "MainThread", True, ("GET", "/", None), False, 3
    ),
    stack=(("/nowhere/app.py", 3, "work", 3, 0, 9, None, 1),),
)


NAME = f"{os.getpid()}.jsonl"
"""What a process writes to that is still there."""
GONE = "99999999.jsonl"
"""What one wrote that is not: no system has so many."""


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
    file = Path(mailbox.folder, NAME)
    file.write_bytes(line(ACCESS)[:20])
    assert list(mailbox.lines()) == []
    file.write_bytes(line(ACCESS))
    assert len(list(mailbox.lines())) == 1
    file.write_bytes(line(ACCESS) + line(ACCESS)[:20] + line(ACCESS) + line(ACCESS))
    assert [letters.read(each) for each in mailbox.lines()] == [None, ACCESS]


def test_a_line_without_end_is_passed_over(mailbox: Mailbox) -> None:
    """It is not held in memory as a whole, and what follows is read."""
    file = Path(mailbox.folder, NAME)
    file.write_bytes(b"x" * (3 * letters.LONGEST + 5) + b"\n" + line(ACCESS))
    read = [letters.read(each) for each in mailbox.lines()]
    assert read == [None, None, None, None, ACCESS]


def test_only_letters_are_read(mailbox: Mailbox) -> None:
    """A file of another name is none, nor is a link; and nobody removes what is not ours."""
    other = Path(mailbox.folder, "7.txt")
    other.write_bytes(line(ACCESS))
    if os.name == "posix":
        Path(mailbox.folder, "8.jsonl").symlink_to(other)
    assert list(mailbox.lines()) == []
    mailbox.remove()
    assert other.read_bytes() == line(ACCESS)
    shutil.rmtree(other.parent)


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


def test_a_full_disk_is_nobodys_concern(mailbox: Mailbox, monkeypatch) -> None:
    """The line is lost, and the program goes on."""

    def full(file: int, text: bytes) -> int:
        raise OSError("no space left on device")

    monkeypatch.setattr(System, "write", full)
    letters.write(mailbox.folder, ACCESS)
    monkeypatch.undo()
    assert list(mailbox.lines()) == []


def test_another_process_has_another_folder(mailbox: Mailbox, monkeypatch) -> None:
    """One that was forked away neither reads nor removes what its parent's children write."""
    folder, process = mailbox.folder, os.getpid()
    letters.write(folder, ACCESS)
    monkeypatch.setattr(System, "getpid", lambda: process + 1)
    assert list(mailbox.lines()) == []
    mailbox.remove()
    assert os.path.exists(folder)
    assert mailbox.folder != folder
    mailbox.remove()
    monkeypatch.undo()
    assert os.path.exists(folder)
    Path(folder, f"{process}.jsonl").unlink()
    os.rmdir(folder)


def test_what_a_test_puts_in_place_of_the_system_is_not_met(mailbox, monkeypatch, tmp_path) -> None:
    """The folder is made, written to, read and removed by the functions that were there before."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a stand-in is called")

    kept = tmp_path / "kept.txt"
    kept.write_text("the user's own")
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", lambda **kwargs: str(tmp_path))
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        patch.setattr(builtins, "open", refuse)
        for name in ("open", "scandir", "mkdir", "unlink", "rmdir", "stat", "lstat", "getpid"):
            patch.setattr(os, name, refuse)
        folder = mailbox.folder
        letters.write(folder, ACCESS)
        assert [letters.read(each) for each in mailbox.lines()] == [ACCESS]
        mailbox.remove()
    assert not os.path.exists(folder)
    assert os.listdir(tmp_path) == ["kept.txt"]


def test_a_folder_that_is_gone_is_made_anew(mailbox: Mailbox) -> None:
    """A suite may tidy its temporary directory: children that know the folder go on writing."""
    folder = mailbox.folder
    os.rmdir(folder)
    assert list(mailbox.lines()) == []
    letters.write(folder, ACCESS)
    assert mailbox.folder == folder
    letters.write(folder, ACCESS)
    assert len(list(mailbox.lines())) == 1


def test_two_threads_that_come_at_once_get_one_folder(mailbox: Mailbox, monkeypatch) -> None:
    """Whichever is first, for whoever is second it is there."""
    make = System.mkdir

    def made_twice(folder: str, mode: int) -> None:
        make(folder, mode)
        make(folder, mode)

    monkeypatch.setattr(System, "mkdir", made_twice)
    assert os.path.isdir(mailbox.folder)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_folder_of_somebody_elses_is_not_taken(mailbox: Mailbox, monkeypatch) -> None:
    """Neither one that others may enter, nor a link to one."""
    make = System.mkdir

    def taken(folder: str, mode: int) -> None:
        make(folder, 0o755)
        raise FileExistsError(folder)

    monkeypatch.setattr(System, "mkdir", taken)
    with pytest.raises(FileExistsError):
        mailbox.folder  # noqa: B018 - making it is all


def test_without_a_temporary_directory_there_is_no_folder(mailbox: Mailbox, monkeypatch) -> None:
    """Above all none in the working directory."""
    monkeypatch.setattr(System, "root", "")
    with pytest.raises(FileNotFoundError, match="no temporary directory"):
        mailbox.folder  # noqa: B018 - making it is all


@pytest.mark.skipif(os.name != "posix", reason="there nobody can be asked")
def test_what_an_ended_process_left_is_read_and_forgotten(mailbox: Mailbox) -> None:
    """No later look pays for it."""
    file = Path(mailbox.folder, GONE)
    file.write_bytes(line(ACCESS) + line(ACCESS)[:20])
    assert len(list(mailbox.lines())) == 1
    assert not file.exists()
    assert not mailbox._read


def test_what_has_not_grown_is_not_opened(mailbox: Mailbox, monkeypatch) -> None:
    """Each test looks, and a server may have written long ago."""
    letters.write(mailbox.folder, ACCESS)
    assert len(list(mailbox.lines())) == 1
    monkeypatch.setattr(System, "read", None)
    assert list(mailbox.lines()) == []


def test_nobody_is_ended_by_asking(monkeypatch) -> None:
    """Where that cannot be asked, and where it is another user's, a process counts as there."""

    def refuse(process: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(System, "kill", refuse)
    assert not letters._has_ended(1)
    monkeypatch.setattr(letters, "_POSIX", False)
    monkeypatch.setattr(System, "kill", None)
    assert not letters._has_ended(1)
