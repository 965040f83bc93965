"""The story of a schedule that bled: which lines, in which order, and what held the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from stepping import points, ran, visitor

from pytest_flaskctx.isolation.explaining import Story, story
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.turns import Kind, Point
from pytest_flaskctx.isolation.witness import Witness, Written

Make = Callable[..., ModuleType]

SHOP = """\
import os
user = None

def view(name):
    global user
    user = name
    size = 1
    return user

def words(name):
    size = "user"
    size = f"user {size}"
    size = f"{user}"
    return os.environ["USER_OF"]

def visit(client, token):
    return client.get(user)

def calls(name):
    global user
    user = name
    len(name)
    return user
"""
WRITES, BETWEEN, READS = 6, 7, 8


@pytest.fixture
def shop(module: Make) -> ModuleType:
    """A view that bleeds."""
    return module(SHOP, "bleeding_shop")


def lines(shop: ModuleType, *steps: tuple[Any, ...]) -> tuple[Point, ...]:
    """Return steps in the view, by participant, line and kind."""
    return points(*((who, shop.view.__code__, *more) for who, *more in steps))  # type: ignore[arg-type]


def written(
    path: str, moment: int, by: Point | None, *tokens: int, name: str = "user", what: str = ""
) -> Written:
    """Return that a place came to hold tokens."""
    return Written(what or "module global", path, name, moment, by, frozenset(tokens))


def tell(
    steps: tuple[Point, ...],
    seen: Iterable[Written],
    root: Path,
    *,
    whose: int | None = 1,
    visit: Any = len,
) -> Story:
    """Return the story of a run in which the first participant got the token of another."""
    witness = Witness()
    witness.written += seen
    run = ran(visitor("a", visit=visit), visitor("b", visit=visit))
    return story(run._replace(points=steps), Evidence("token", 0, whose, ""), witness, root)


def told(found: Story) -> list[tuple[str, int, str]]:
    """Return participant, line and role of each step."""
    return [(step.participant, step.line, step.role) for step in found.steps]


def test_a_bleed_is_told_with_the_lines_that_wrote_and_read(
    shop: ModuleType, tmp_path: Path
) -> None:
    """A writes, B overwrites, A reads; the holder is the place that had both tokens in turn.

    A line before which a participant stood is told when it was run: after the other's.
    """
    steps = lines(
        shop,
        (0, WRITES),
        (0, BETWEEN),
        (1, WRITES),
        (1, BETWEEN),
        (1, READS),
        (1, READS, "return"),
        (0, READS),
        (0, READS, "return"),
    )
    seen = [
        written("shop.user", 2, steps[0], 0),
        written("shop.log", 3, steps[1], 1, name="log"),
        written("shop.user", 4, steps[2], 1),
    ]
    found = tell(steps, seen, tmp_path)
    assert found.holder == seen[2]
    assert found.victim == steps[6]
    assert told(found) == [
        ("A", WRITES, "writes"),
        ("B", WRITES, "writes"),
        ("B", BETWEEN, ""),
        ("B", READS, ""),
        ("A", BETWEEN, ""),
        ("A", READS, "reads"),
    ]
    first = found.steps[0]
    assert (first.file, first.function, first.source) == (
        "bleeding_shop.py",
        "view",
        "user = name",
    )


def test_the_line_before_which_the_victim_stood_may_be_the_one_that_read(
    shop: ModuleType, tmp_path: Path
) -> None:
    """It was run after the other one wrote."""
    steps = lines(shop, (0, WRITES), (0, READS), (1, WRITES), (1, BETWEEN), (0, READS, "return"))
    found = tell(steps, [written("shop.user", 4, steps[2], 1)], tmp_path)
    assert found.victim == steps[1]
    assert [each for each in told(found) if each[2]] == [
        ("B", WRITES, "writes"),
        ("A", READS, "reads"),
    ]


@pytest.mark.parametrize(
    ("function", "wrote", "between", "without"),
    [
        ("view", WRITES, (), True),
        ("view", WRITES, (BETWEEN,), False),
        ("calls", 21, (), False),
        ("words", 11, (), False),
    ],
)
def test_it_is_told_where_no_python_with_a_gil_switches(
    shop: ModuleType,
    tmp_path: Path,
    function: str,
    wrote: int,
    between: tuple[int, ...],
    without: bool,
) -> None:
    """From the victim's own write to its read nothing is called, and it does not stand there."""
    code = getattr(shop, function).__code__
    read = 23 if function == "calls" else READS
    steps = (
        *points((0, code, wrote), *((0, code, line) for line in between)),
        *points((0, code if function == "calls" else shop.view.__code__, read)),
        *lines(shop, (1, WRITES), (1, BETWEEN), (0, READS, "return")),
    )
    seen = [
        written("shop.user", 2, steps[0], 0),
        written("shop.user", len(steps) - 1, steps[-3], 1),
    ]
    found = tell(steps, seen, tmp_path)
    assert "reads" in [step.role for step in found.steps]
    assert found.without_gil is without


def test_where_nothing_was_written_only_the_switches_are_told(
    shop: ModuleType, tmp_path: Path
) -> None:
    """Two steps before each and two after; the victim's last line is where it likely was."""
    steps = lines(shop, *((0, line) for line in range(1, 8)), *((1, line) for line in range(1, 8)))
    found = tell(steps, [], tmp_path)
    assert found.holder is None
    assert found.victim == steps[6]
    assert told(found) == [
        *(("A", line, "") for line in (4, 5, 6)),
        *(("B", line, "") for line in (1, 2, 3)),
        *(("B", line, "") for line in (5, 6, 7)),
        ("A", 7, ""),
    ]


def test_somebody_who_was_nowhere_stands_nowhere(shop: ModuleType, tmp_path: Path) -> None:
    """Then there is no line of the victim's."""
    assert tell(lines(shop, (1, WRITES)), [], tmp_path) == Story((), None, None)


def test_what_comes_after_the_last_of_what_matters_is_left_out(
    shop: ModuleType, tmp_path: Path
) -> None:
    """It explains nothing."""
    steps = lines(shop, (1, WRITES), (1, BETWEEN), (0, READS), (0, BETWEEN), (0, WRITES))
    found = tell(steps, [written("shop.user", 2, steps[0], 1)], tmp_path)
    assert told(found) == [("B", WRITES, "writes"), ("A", READS, "reads")]


def test_where_nothing_is_known_to_have_read_it_all_is_told(
    shop: ModuleType, tmp_path: Path
) -> None:
    """Up to where it came out: the last line of the app's in the request that brought it."""
    visit, view = shop.visit.__code__, shop.words.__code__
    steps = points(
        (1, view, 11),
        (1, view, 12),
        (0, view, 11),
        (0, view, 12),
        (0, view, 12, "return"),
        (0, visit, 17),
        (0, view, 11),
        (0, visit, 17, "return"),
    )
    witness = Witness()
    witness.written.append(written("shop.user", 2, steps[0], 1))
    run = ran(visitor("a", visit=shop.visit), visitor("b", visit=shop.visit), points=steps)
    found = story(run, Evidence("token", 0, 1, "", when=(2, 5)), witness, tmp_path)
    assert found.victim == steps[4]
    assert told(found)[0] == ("B", 11, "writes")
    assert [step.role for step in found.steps].count("") == len(found.steps) - 1
    found = story(run, Evidence("token", 0, 1, ""), witness, tmp_path)
    assert found.victim == steps[6]
    only = run._replace(points=steps[5:6])
    assert story(only, Evidence("token", 0, 1, ""), Witness(), tmp_path).victim == steps[5]


def test_a_token_is_read_in_the_request_that_brought_it(shop: ModuleType, tmp_path: Path) -> None:
    """Though an earlier one mentions the holder, too; in an earlier one where that does not."""
    steps = lines(
        shop, (1, WRITES), (1, BETWEEN), (0, READS), (0, BETWEEN), (0, READS), (0, BETWEEN)
    )
    witness = Witness()
    witness.written.append(written("shop.user", 2, steps[0], 1))
    run = ran(visitor("a", visit=len), visitor("b", visit=len), points=steps)
    for when, read in (((4, 6), steps[4]), ((5, 6), steps[2]), (None, steps[2])):
        evidence = Evidence("token", 0, 1, "", when=when)
        assert story(run, evidence, witness, tmp_path).victim == read


def test_a_place_that_never_held_the_token_held_nothing(shop: ModuleType, tmp_path: Path) -> None:
    """However often it was written."""
    steps = lines(shop, (0, WRITES), (0, READS))
    assert tell(steps, [written("shop.user", 2, steps[0], 0)], tmp_path).holder is None


def test_of_several_places_the_last_is_told_where_none_had_both(
    shop: ModuleType, tmp_path: Path
) -> None:
    """An application's own attributes only where there is no other."""
    steps = lines(shop, (1, WRITES), (1, BETWEEN), (1, READS), (0, READS))
    seen = [
        written("shop.first", 2, steps[0], 1),
        written("shop.later", 3, steps[1], 1),
        written("app.extensions", 4, steps[2], 1),
    ]
    found = tell(steps, seen, tmp_path)
    assert found.holder is not None
    assert found.holder.path == "shop.later"
    only = tell(steps, seen[2:], tmp_path)
    assert only.holder is not None
    assert only.holder.path == "app.extensions"


def test_only_writes_of_a_token_are_marked(shop: ModuleType, tmp_path: Path) -> None:
    """To be emptied is to lose nothing."""
    steps = lines(shop, (0, WRITES), (0, BETWEEN), (1, WRITES), (1, BETWEEN), (0, READS))
    seen = [
        written("shop.user", 2, steps[0]),
        written("shop.user", 4, steps[2], 1),
    ]
    roles = [each for each in told(tell(steps, seen, tmp_path)) if each[2]]
    assert roles == [("B", WRITES, "writes"), ("A", READS, "reads")]


def test_an_update_that_got_lost_was_read_before_it_was_written(
    shop: ModuleType, tmp_path: Path
) -> None:
    """By the one that wrote over it, at its last line but the one before which it stood."""
    steps = lines(
        shop,
        (0, READS),
        (0, BETWEEN),
        (1, WRITES),
        (1, BETWEEN),
        (0, WRITES),
        (0, BETWEEN),
    )
    seen = [
        written("shop.mine", 3, None),
        written("shop.user", 4, steps[2]),
        written("shop.user", 6, steps[4]),
        written("shop.mine", 6, steps[5]),
    ]
    found = tell(steps, seen, tmp_path, whose=None)
    assert found.holder == seen[2]
    assert found.victim == steps[0]
    assert [each for each in told(found) if each[2]] == [
        ("A", READS, "reads"),
        ("B", WRITES, "writes"),
        ("A", WRITES, "writes"),
    ]


def test_what_one_wrote_after_it_had_read_was_so_when_it_was_written(
    shop: ModuleType, tmp_path: Path
) -> None:
    """A counter that both move in whole steps has nothing to do with it."""
    steps = lines(
        shop, (0, READS), (0, WRITES), (0, BETWEEN), (1, READS), (1, WRITES), (1, BETWEEN)
    )
    seen = [written("shop.user", 3, steps[1]), written("shop.user", 6, steps[4])]
    assert tell(steps, seen, tmp_path, whose=None).holder is None
    again = tell(lines(shop, *[(0, READS), (1, WRITES)] * 2), [], tmp_path, whose=None)
    assert again.holder is None


def test_of_a_list_no_place_is_told_from_another(shop: ModuleType, tmp_path: Path) -> None:
    """Whatever was put into it: where there is no token, it is the list that both have written."""
    steps = lines(
        shop, (0, READS), (0, BETWEEN), (1, WRITES), (1, BETWEEN), (0, BETWEEN), (0, WRITES)
    )
    seen = [written("shop.users[0]", 4, steps[2]), written("shop.users[1]", 6, steps[5])]
    found = tell(steps, seen, tmp_path, whose=None)
    assert found.holder == seen[1]
    assert [each for each in told(found) if each[2]] == [
        ("A", READS, "reads"),
        ("B", WRITES, "writes"),
        ("A", WRITES, "writes"),
    ]


def test_an_update_that_got_lost_may_have_been_read_nowhere(
    shop: ModuleType, tmp_path: Path
) -> None:
    """Then the victim is whoever shows it, and what was written has nothing to do with it."""
    steps = lines(shop, (1, BETWEEN), (1, BETWEEN), (0, WRITES), (0, BETWEEN))
    seen = [written("shop.user", 1, None), written("shop.user", 4, steps[2])]
    found = tell(steps, seen, tmp_path, whose=None)
    assert (found.victim, found.holder) == (steps[3], None)
    assert [each for each in told(found) if each[2]] == []


def test_what_both_have_written_is_read_when_it_is_overwritten(
    shop: ModuleType, tmp_path: Path
) -> None:
    """By the one that wrote it first."""
    steps = lines(
        shop, (0, WRITES), (0, BETWEEN), (1, WRITES), (1, BETWEEN), (0, BETWEEN), (0, READS)
    )
    seen = [written("shop.user", 2, steps[0]), written("shop.user", 4, steps[2])]
    found = tell(steps, seen, tmp_path, whose=None)
    assert (found.victim, found.holder) == (steps[5], seen[1])
    assert [each for each in told(found) if each[2]] == [
        ("A", WRITES, "writes"),
        ("B", WRITES, "writes"),
        ("A", READS, "reads"),
    ]


def test_what_was_written_when_the_answer_was_complete_did_not_bring_it(
    shop: ModuleType, tmp_path: Path
) -> None:
    """Nor did a place that holds the token since."""
    steps = lines(shop, (1, WRITES), (1, BETWEEN), (0, READS), (0, WRITES), (0, READS))
    seen = [
        written("shop.user", 2, steps[0], 1),
        written("shop.users", 5, steps[3], 1, 0),
    ]
    witness = Witness()
    witness.written += seen
    run = ran(visitor("a", visit=len), visitor("b", visit=len), points=steps)
    for when, holder in (((2, 3), seen[0]), (None, seen[1])):
        evidence = Evidence("token", 0, 1, "", when=when)
        assert story(run, evidence, witness, tmp_path).holder == holder


def test_of_several_places_one_that_a_line_reads_is_told(shop: ModuleType, tmp_path: Path) -> None:
    """What no line mentions has nothing to do with it, though it was written last."""
    steps = lines(shop, (0, READS), (0, BETWEEN), (1, WRITES), (1, BETWEEN), (0, BETWEEN))
    seen = [
        written("shop.user", 4, steps[2]),
        written("shop.other", 5, steps[3], name="other"),
    ]
    assert tell(steps, seen, tmp_path, whose=None).holder == seen[0]


def fails(function: Any, *arguments: Any) -> BaseException:
    """Return the error that a call ends with."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        function(*arguments)
    return caught.value


def failing(shop: ModuleType, root: Path, *steps: Any, **ends: Any) -> Story:
    """Return the story of a run whose first visit failed."""
    run = ran(visitor("a", visit=len), visitor("b", visit=len), **ends)
    evidence = Evidence("failure", 0, None, "status 500")
    return story(run._replace(points=points(*steps)), evidence, Witness(), root)


FAILING = """\
def view(name):
    size = len(
        name
    )
    return check(size)

def check(size):
    if size:
        raise ValueError(size)
    return int(
        size.real,
        base=size,
    )
"""


def test_a_failure_is_told_at_the_innermost_line_of_its_error(module: Make, tmp_path: Path) -> None:
    """Whether the visit raised it, or the application answered by 500; after that nothing matters."""
    made = module(FAILING)
    view, check = made.view.__code__, made.check.__code__
    steps = ((0, view, 5), (1, view, 5), (0, check, 8), (0, check, 9), (1, check, 10), (0, view, 5))
    error = fails(made.view, "x")
    for ends in ({"errors": [error]}, {"unhandled": (KeyError(), error)}):
        found = failing(made, tmp_path, *steps, **ends)
        assert found.victim == Point(0, check, 9)
        assert told(found)[-1] == ("A", 9, "fails")
        assert [role for _, _, role in told(found)].count("fails") == 1


def test_what_made_a_visit_fail_was_read_where_it_failed(module: Make, tmp_path: Path) -> None:
    """In that function: what the rest of the program counts has nothing to do with it."""
    made = module(
        """\
        users, seen = {1: "Bob"}, []

        def before():
            seen.append(len(seen))

        def view():
            if users:
                return users.pop(1)
        """
    )
    before, view = made.before.__code__, made.view.__code__
    made.users.clear()
    error = fails(lambda: made.users.pop(1))
    assert isinstance(error, KeyError)
    made.users[2] = "Ann"
    error = fails(made.view)
    steps = points(
        *((0, before, 4), (0, view, 7), (0, view, 8)),
        *((1, before, 4), (1, view, 7), (1, view, 8), (1, view, 8, "return")),
    )
    witness = Witness()
    witness.written += [
        written("shop.seen[0]", 2, steps[0], name="seen"),
        written("shop.seen[1]", 5, steps[3], name="seen"),
        written("shop.users[1]", 7, steps[5], name="users"),
    ]
    run = ran(visitor("a", visit=len), visitor("b", visit=len), errors=[error])
    evidence = Evidence("failure", 0, None, "KeyError")
    found = story(run._replace(points=steps), evidence, witness, tmp_path)
    assert found.holder == witness.written[2]
    assert [each for each in told(found) if each[2]] == [
        ("A", 7, "reads"),
        ("B", 8, "writes"),
        ("A", 8, "fails"),
    ]
    unwritten = Witness()
    unwritten.written += witness.written[:2]
    assert story(run._replace(points=steps), evidence, unwritten, tmp_path).holder is None


def test_a_failure_in_a_line_that_was_no_step_is_told_at_the_last_step_there(
    module: Make, tmp_path: Path
) -> None:
    """Of the same function; an extension's use of a proxy is none."""
    made = module(FAILING)
    check = made.check.__code__
    error = fails(made.check, 0)
    steps = ((0, check, 8), (0, check, 11), (0, check, 12, "proxy"))
    found = failing(made, tmp_path, *steps, errors=[error])
    assert found.victim == Point(0, check, 11)


def test_a_failure_that_no_step_has_is_told_where_the_visit_was_last(
    module: Make, tmp_path: Path
) -> None:
    """So is one whose error nobody knows."""
    made = module(FAILING)
    steps = ((0, made.view.__code__, 2), (1, made.check.__code__, 9))
    for errors in ([fails(made.check, 1)], []):
        found = failing(made, tmp_path, *steps, errors=errors)
        assert found.victim == Point(0, made.view.__code__, 2)
        assert "fails" not in [role for _, _, role in told(found)]


WRITING = """\
def view(k):
    user = k
    self.user = k
    users[user] = k
    user, other = k, 1
    user.append(k)
    shop.user.names.update(k)
    user += k
    user = user or k
    k = user.pop()
    if user == k: return user
    users.append(user)
"""


@pytest.mark.parametrize(
    ("line", "only"),
    [*((at, at not in (4, 5)) for at in range(2, 8)), *((at, False) for at in range(8, 13))],
)
def test_a_line_that_only_writes_is_told_where_no_other_one_reads(
    module: Make, tmp_path: Path, line: int, only: bool
) -> None:
    """An assignment, or what puts something in; not one that has it on its right side or for a key."""
    view = module(WRITING).view.__code__
    steps = points((1, view, 1), (1, view, 1), (0, view, line), (0, view, 11), (0, view, 11))
    seen = [written("shop.user", 2, steps[0], 1)]
    assert tell(steps, seen, tmp_path).victim == steps[3 if only else 2]
    assert tell(steps[:3], seen, tmp_path).victim == steps[2]


@pytest.mark.parametrize(
    ("function", "line", "kind", "reads"),
    [
        ("view", BETWEEN, "line", False),
        ("view", READS, "return", False),
        ("view", READS, "proxy", False),
        ("view", READS, "inside", True),
        ("words", 11, "line", False),
        ("words", 12, "line", False),
        ("words", 13, "line", True),
        ("visit", 17, "line", False),
    ],
)
def test_a_line_reads_where_its_code_mentions_the_name(
    shop: ModuleType, tmp_path: Path, function: str, line: int, kind: Kind, reads: bool
) -> None:
    """As a word, outside of texts, where it is about to run; the visit itself is no app."""
    steps = (
        *lines(shop, (1, WRITES), (1, BETWEEN)),
        *points((0, getattr(shop, function).__code__, line, kind)),
    )
    found = tell(steps, [written("shop.user", 2, steps[0], 1)], tmp_path, visit=shop.visit)
    assert ("reads" in [step.role for step in found.steps]) is reads
    assert (found.victim == steps[2]) is (kind != "proxy")


def test_an_environment_variable_is_mentioned_in_a_text(shop: ModuleType, tmp_path: Path) -> None:
    """It has no other name."""
    steps = (*lines(shop, (1, WRITES), (1, BETWEEN)), *points((0, shop.words.__code__, 14)))
    what = "environment variable"
    seen = [written("USER_OF", 2, steps[0], 1, name="USER_OF", what=what)]
    assert [step.role for step in tell(steps, seen, tmp_path).steps] == ["writes", "reads"]


def test_a_place_without_a_name_is_read_nowhere(shop: ModuleType, tmp_path: Path) -> None:
    """The victim's last line stands for it."""
    steps = lines(shop, (1, WRITES), (0, READS))
    found = tell(steps, [written("shop.user", 2, steps[0], 1, name="")], tmp_path)
    assert "reads" not in [step.role for step in found.steps]
    assert found.victim == steps[1]


def test_a_write_that_no_line_did_is_not_marked(shop: ModuleType, tmp_path: Path) -> None:
    """Nor one by a step that is not among those that are told; then nothing is known to be read."""
    steps = lines(shop, (1, WRITES), (0, READS))
    seen = [
        written("shop.user", 1, None, 1),
        written("shop.user", 2, Point(1, shop.view.__code__, WRITES), 1),
    ]
    found = tell(steps, seen, tmp_path)
    assert [step.role for step in found.steps] == ["", ""]


def test_the_last_of_equal_steps_of_a_line_wrote(shop: ModuleType, tmp_path: Path) -> None:
    """A line in a loop is a step each time; the one before the write was seen did it."""
    (point,) = lines(shop, (1, WRITES))
    steps = (point, *lines(shop, (1, BETWEEN)), point, *lines(shop, (1, BETWEEN), (0, READS)))
    found = tell(steps, [written("shop.user", 4, point, 1)], tmp_path)
    assert [step.role for step in found.steps][:3] == ["", "", "writes"]


def test_a_line_is_told_once_in_a_row(shop: ModuleType, tmp_path: Path) -> None:
    """With its role, whichever of its steps has it."""
    steps = lines(
        shop, (1, BETWEEN), (1, WRITES), (1, WRITES), (1, WRITES), (1, READS, "return"), (0, READS)
    )
    found = tell(steps, [written("shop.user", 3, steps[2], 1)], tmp_path)
    assert told(found) == [
        ("B", BETWEEN, ""),
        ("B", WRITES, "writes"),
        ("B", READS, ""),
        ("A", READS, "reads"),
    ]


def test_lines_of_extensions_take_no_room(shop: ModuleType, tmp_path: Path) -> None:
    """Around a switch amid them the user's own lines are told, from both sides."""
    uses = [(0, READS, "proxy")] * 5
    others = (1, WRITES), (1, READS), (1, READS, "return")
    steps = lines(shop, (0, WRITES), *uses, *others, *uses, (0, BETWEEN))
    found = told(tell(steps, [], tmp_path))
    assert found == [("A", WRITES, ""), ("B", WRITES, ""), ("B", READS, ""), ("A", BETWEEN, "")]


def test_lines_of_extensions_are_not_told(shop: ModuleType, tmp_path: Path) -> None:
    """They are places to switch at, and nobody's code to mend."""
    steps = lines(shop, (1, WRITES), (1, BETWEEN, "proxy"), (0, READS))
    found = tell(steps, [written("shop.user", 2, steps[0], 1)], tmp_path)
    assert told(found) == [("B", WRITES, "writes"), ("A", READS, "reads")]


def test_a_line_that_cannot_be_read_is_empty() -> None:
    """As that of a template that was compiled from a text."""
    made: dict[str, Any] = {}
    exec(compile("def view(): pass", "<made>", "exec"), made)
    assert Point(0, made["view"].__code__, 1).source == ""
