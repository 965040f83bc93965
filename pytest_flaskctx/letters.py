"""What a child process writes for its parent: lines of JSON, and how they are read.

A line is one write to a file, so that a child that dies by ``os._exit`` or a signal loses at most
its last one. The parent trusts no line: nothing in it is ever unpickled or called, and one that
is torn, or of which a single word has another type than it should, is passed over.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, get_args

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.stacks import MAX_FRAMES, Place
from pytest_flaskctx.system import System

LONGEST = 1 << 18
"""How long a line may be, in bytes."""

_SUFFIX = ".jsonl"
_MAX_CHAIN = 16
_POSIX = os.name == "posix"
_KINDS = frozenset(get_args(OriginKind))

Words = tuple[str, str, str | None]


class Handed(NamedTuple):
    """A task that a child handed over itself.

    Attributes:
        kind: the mechanism.
        stack: the stack of the hand-over.
        thread: name of the thread that handed over.
        request: method, rule and endpoint of the request it was handed over for.
        inline: a callback that ran at once.
    """

    kind: OriginKind
    stack: tuple[Place, ...]
    thread: str
    request: Words | None
    inline: bool


Chain = tuple[Handed | int, ...]
"""A task and those behind it, the nearest first, down to the number of one of the parent's."""


class Read(NamedTuple):
    """The context that an access read, as its process found it.

    Attributes:
        number: by which the parent knows it; 0 where it does not.
        here: whether this process pushed it.
        own: whether the accessing thread did.
        over: whether it had been popped for the last time, as far as this process knows.
        same_request: whether the task came from its request; ``None`` where that is not known.
        same_app: whether it came from a request of the same application.
        owner: name of the thread that pushed it.
        of_request: whether it belongs to a request.
        request: method, rule and endpoint of that.
        beneath: whether the accessing thread had pushed a request's context of its own above it.
        turns: how often its owner had waited for anything, as far as this process knows.
    """

    number: int
    here: bool
    own: bool
    over: bool
    same_request: bool | None
    same_app: bool
    owner: str
    of_request: bool
    request: Words | None
    beneath: bool
    turns: int


class Seen(NamedTuple):
    """An access in a child.

    Attributes:
        mark: names it among all accesses of all processes.
        at: when it was, by the monotonic clock, which all processes of a machine share.
        task: the task that accessed it, and those behind that.
        started: likewise the start of its thread or process, where that tells more.
    """

    mark: str
    proxy: str
    operation: str
    extension: bool
    thread: str
    process: int
    at: float
    task: Chain | None
    started: Chain | None
    context: Read | None
    stack: tuple[Place, ...]


class Aftermath(NamedTuple):
    """What became of the errors of an access.

    Attributes:
        mark: names the access.
        escaped: whether one left its task.
        paths: for each, the files that it passed through, the one that caught it first.
    """

    mark: str
    escaped: bool
    paths: tuple[tuple[str, ...], ...]


class Mailbox:
    """The folder in which children leave their lines; nobody but this user may look into it."""

    def __init__(self) -> None:
        # By process: one that was forked away, to run tests for itself, has one of its own.
        self._folders: dict[int, str] = {}
        self._read: dict[str, int] = {}

    @property
    def folder(self) -> str:
        """Where it is; made when it is first asked for, with mode 0700, and if it is gone."""
        process = System.getpid()
        folder = self._folders.get(process)
        if folder is None:
            token = System.urandom(8).hex()
            made = os.path.join(System.root, f"flaskctx-{process}-{token}")
            # Of two threads that come at once both get the same; a lock could stay held in a child.
            folder = self._folders.setdefault(process, made)
        if not _is_ours(folder):
            _make(folder)
        return folder

    def lines(self) -> Iterator[bytes]:
        """Yield what has come since the last time; a line that is not whole yet waits.

        What a process left that has ended is removed when it was read.
        """
        folder = self._folders.get(System.getpid())
        for path, process, size in _files(folder) if folder is not None else ():
            ended = _has_ended(process)
            # Its last line may have come since the folder was looked at.
            if ended or size != self._read.get(path, 0):
                yield from self._unread(path)
            if ended:
                _remove(path)
                self._read.pop(path, None)

    def _unread(self, path: str) -> Iterator[bytes]:
        with System.read(path, "rb") as file:
            file.seek(self._read.get(path, 0))
            while line := file.readline(LONGEST):
                if not line.endswith(b"\n") and len(line) < LONGEST:
                    break
                self._read[path] = self._read.get(path, 0) + len(line)
                yield line

    def remove(self) -> None:
        """Remove the folder, and what children wrote there; whatever else is in it stays."""
        folder = self._folders.pop(System.getpid(), None)
        if folder is not None:
            for path, _, _ in _files(folder):
                _remove(path)
                self._read.pop(path, None)
            with suppress(OSError):
                System.rmdir(folder)


def _make(folder: str) -> None:
    if not System.root:
        raise FileNotFoundError("there is no temporary directory")
    try:
        System.mkdir(folder, 0o700)
    except FileExistsError:
        # Another thread may have come first, but nobody else.
        if not _is_ours(folder):
            raise


def _is_ours(folder: str) -> bool:
    """Whether ``folder`` is one that this user made for itself."""
    try:
        found = System.lstat(folder)
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and (
        not _POSIX or (found.st_uid == System.geteuid() and not found.st_mode & 0o077)
    )


def _files(folder: str) -> list[tuple[str, int, int]]:
    """Return what children wrote in ``folder``: path, process and size of each file."""
    try:
        with System.scandir(folder) as entries:
            letters = [(entry, _writer(entry.name)) for entry in entries]
            return sorted(
                (entry.path, writer, entry.stat(follow_symlinks=False).st_size)
                for entry, writer in letters
                if writer is not None and entry.is_file(follow_symlinks=False)
            )
    except FileNotFoundError:  # somebody tidied up
        return []


def _writer(name: str) -> int | None:
    """Return the process that writes to the file ``name``; ``None`` if it is none of ours."""
    stem, suffix = os.path.splitext(name)
    return int(stem) if suffix == _SUFFIX and stem.isdecimal() and stem.isascii() else None


def _has_ended(process: int) -> bool:
    """Whether a process is known to have ended."""
    if not _POSIX:  # there it would be ended by asking
        return False
    try:
        System.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        pass
    return False


def _remove(path: str) -> None:
    with suppress(OSError):
        System.unlink(path)


def write(folder: str, letter: Seen | Aftermath) -> None:
    """Write one line to this process's file in ``folder``, if that is still there.

    The file is opened for each line: a program that closes all files, as daemons do, would
    otherwise find our line in whatever it opened next.
    """
    line = json.dumps(letter).encode() + b"\n"
    path = os.path.join(folder, f"{System.getpid()}{_SUFFIX}")
    try:
        file = System.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:  # the parent has ended, or the disk is full
        return
    try:
        System.write(file, line)
    except OSError:
        pass
    finally:
        System.close(file)


def read(line: bytes) -> Seen | Aftermath | None:
    """Return what a line tells; ``None`` if it is none of ours."""
    try:
        words = json.loads(line)
        if type(words) is list and len(words) == len(Aftermath._fields):
            return _aftermath(*words)
        return _seen(*words)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


class _WrongTypeError(ValueError):
    """A word is not of the type that it should be."""


def _seen(*words: Any) -> Seen:
    known = Seen(*words)
    return Seen(
        mark=_a(str, known.mark),
        proxy=_a(str, known.proxy),
        operation=_a(str, known.operation),
        extension=_a(bool, known.extension),
        thread=_a(str, known.thread),
        process=_a(int, known.process),
        at=_a(float, known.at),
        task=_maybe(_chain, known.task),
        started=_maybe(_chain, known.started),
        context=_maybe(_context, known.context),
        stack=_stack(known.stack),
    )


def _aftermath(*words: Any) -> Aftermath:
    mark, escaped, paths = words
    return Aftermath(
        _a(str, mark), _a(bool, escaped), tuple(_several(str, path) for path in _a(list, paths))
    )


def _context(words: Any) -> Read:
    known = Read(*words)
    return Read(
        number=_a(int, known.number),
        here=_a(bool, known.here),
        own=_a(bool, known.own),
        over=_a(bool, known.over),
        same_request=None if known.same_request is None else _a(bool, known.same_request),
        same_app=_a(bool, known.same_app),
        owner=_a(str, known.owner),
        of_request=_a(bool, known.of_request),
        request=_maybe(_words, known.request),
        beneath=_a(bool, known.beneath),
        turns=_a(int, known.turns),
    )


def _chain(words: Any) -> Chain:
    links = tuple(
        each if type(each) is int else _handed(each) for each in _a(list, words)[:_MAX_CHAIN]
    )
    # Behind one of the parent's own, the parent knows the rest.
    if any(type(each) is int for each in links[:-1]):
        raise _WrongTypeError
    return links


def _handed(words: Any) -> Handed:
    known = Handed(*_a(list, words))
    if known.kind not in _KINDS:
        raise _WrongTypeError
    return Handed(
        kind=known.kind,
        stack=_stack(known.stack),
        thread=_a(str, known.thread),
        request=_maybe(_words, known.request),
        inline=_a(bool, known.inline),
    )


def _words(words: Any) -> Words:
    method, rule, endpoint = words
    return _a(str, method), _a(str, rule), None if endpoint is None else _a(str, endpoint)


def _stack(words: Any) -> tuple[Place, ...]:
    return tuple(_place(*each) for each in _a(list, words)[:MAX_FRAMES])


def _place(file: Any, line: Any, function: Any, *numbers: Any) -> Place:
    end_line, column, end_column, field, first = (
        None if each is None else _a(int, each) for each in numbers
    )
    # A file that is none could be one that never ends.
    if not _may_be_read(_a(str, file)):
        raise _WrongTypeError
    line, function, first = _a(int, line), _a(str, function), _a(int, first)
    return file, line, function, end_line, column, end_column, field, first


def _may_be_read(file: str) -> bool:
    try:
        return stat.S_ISREG(System.stat(file).st_mode)
    except (OSError, ValueError):  # nothing is there to be read
        return True


def _a(kind: type, word: Any) -> Any:
    """Return ``word`` if it is of just that kind: to Python a bool is an int too."""
    if type(word) is not kind:
        raise _WrongTypeError
    return word


def _several(kind: type, words: Any) -> tuple[Any, ...]:
    return tuple(_a(kind, word) for word in _a(list, words))


def _maybe(reader: Callable[[Any], Any], words: Any) -> Any:
    return None if words is None else reader(words)
