"""The baseline: lines of sites that read well, merge well, and are refused when they are broken."""

from __future__ import annotations

import pytest
from builders import finding, handover, site
from hypothesis import given
from hypothesis import strategies as st
from strategies import findings

from pytest_flaskctx import baseline
from pytest_flaskctx.baseline import Baseline, BaselineError
from pytest_flaskctx.rules import RULES

LINE = "FCX101 app.py::process_task <- queue_task: {incoming}"
OTHER = "FCX201 app.py::render: request.form"
HEAD = f"""\
{baseline.HEADER}
# Context leaks that are known: they do not fail. A line is a site: its rule, file::function, the
# function that handed the work over, the expression. `pytest --flaskctx-update-baseline` rewrites
# this file; a comment stays with the site under it.

"""


def test_a_site_is_one_readable_line() -> None:
    """It tells rule, file, function, the function that handed over, and the expression."""
    assert baseline.site(finding()) == LINE


def test_where_nothing_was_handed_over_nothing_is_said_of_it() -> None:
    """A worker that nobody knows of has no function that handed over."""
    assert baseline.site(finding(handover=None)) == "FCX101 app.py::process_task: {incoming}"


def test_a_site_without_source_ends_after_its_function() -> None:
    """No blank is left at the end of a line, for editors take those away."""
    unseen = finding(handover=None, site=site(expression=""))
    assert baseline.site(unseen) == "FCX101 app.py::process_task:"


def test_line_numbers_counts_and_threads_are_no_part_of_a_site() -> None:
    """Edits elsewhere, and another run, leave the line as it is."""
    moved = finding(site=site(line=99, column=0, end_column=1), count=7, thread="other", process=1)
    assert baseline.site(moved) == LINE


def test_what_would_end_a_word_or_a_line_is_spelt_out() -> None:
    """A file's name with blanks, a bidi mark and an escape stay one word on one line."""
    odd = finding(
        site=site(file="my app\u202e/C:x\\y.py", function="f\n<locals>.g", expression="a\x1b[31mb"),
        handover=None,
    )
    assert baseline.site(odd) == (
        r"FCX101 my\x20app\u202e/C\x3ax\x5cy.py::f\n<locals>.g: a\x1b[31mb"
    )


def test_a_long_expression_is_cut_and_told_apart_by_a_hash() -> None:
    """Two that begin alike are two sites, and neither makes a line of kilobytes."""
    lines = [baseline.site(finding(site=site(expression="x" * 5000 + end))) for end in ("a", "b")]
    assert lines[0] != lines[1]
    assert all(len(line) < baseline.LONGEST + 80 for line in lines)


@given(st.lists(findings, max_size=5))
def test_what_is_written_is_read(found: list) -> None:
    """Whatever stands in a name, the file is one line a site, and holds just these sites."""
    lines = {baseline.site(each) for each in found}
    text = baseline.write(Baseline(dict.fromkeys(lines, ())))
    assert text.isprintable() or set(text) - {"\n"} <= {c for c in text if c.isprintable()}
    assert baseline.read(text) == Baseline(dict.fromkeys(lines, ()))
    assert len(text.splitlines()) == len(HEAD.splitlines()) + len(lines)


def test_the_file_is_sorted_and_explains_itself() -> None:
    """What one adds here and another there merges; the head says what it is."""
    text = baseline.write(Baseline({OTHER: (), LINE: ()}))
    assert text == f"{HEAD}{LINE}\n{OTHER}\n"


def test_comments_stay_with_the_site_under_them() -> None:
    """A ticket's number that somebody noted is not lost when the file is rewritten."""
    text = f"{HEAD}# ticket 12\n# soon\n{OTHER}\n\n{LINE}\n# the end\n"
    read = baseline.read(text)
    assert read == Baseline({OTHER: ("# ticket 12", "# soon"), LINE: ()}, ("# the end",))
    assert baseline.write(read) == f"{HEAD}{LINE}\n# ticket 12\n# soon\n{OTHER}\n# the end\n"


def test_a_merged_file_may_be_unsorted_and_hold_a_site_twice() -> None:
    """What a merge makes of two is read as what both meant."""
    text = f"{HEAD}{OTHER}\n{LINE}\r\n# why\n{OTHER}  \n"
    assert baseline.read(text) == Baseline({OTHER: ("# why",), LINE: ()})


@pytest.mark.parametrize("text", ["", "\ufeff", HEAD, baseline.HEADER])
def test_an_empty_file_holds_nothing(text: str) -> None:
    """Be it made by hand."""
    assert baseline.read(text) == Baseline({})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import os\n", "line 1: it is no baseline, which begins with "),
        ("{}", "line 1: it is no baseline, which begins with "),
        (
            "# pytest-flaskctx baseline, version 2\n",
            "line 1: it is of version 2, and this is read: version 1",
        ),
        (f"{HEAD}<<<<<<< HEAD\n{LINE}\n", "line 6: '<<<<<<< HEAD' is no site; one reads 'FCX101 "),
        (f"{HEAD}{LINE}\nFCX101 app.py: x\n", "line 7: 'FCX101 app.py: x' is no site; one reads"),
        (f"{HEAD}FCX999 a.py::f: x\n", "line 6: 'FCX999' is no rule; the rules are FCX101, "),
    ],
)
def test_what_is_broken_or_not_ours_is_refused(text: str, says: str) -> None:
    """The message gives the line, and what one should look like."""
    with pytest.raises(BaselineError) as caught:
        baseline.read(text)
    assert str(caught.value).startswith(says)


def test_all_rules_may_stand_in_it() -> None:
    """A line of each rule is read."""
    lines = [f"{rule.code} a.py::f: x" for rule in RULES]
    assert list(baseline.read("\n".join([baseline.HEADER, *lines])).sites) == lines


def test_a_whole_run_replaces_and_a_part_only_adds() -> None:
    """What was not met is gone only where all could be met; comments of what stays, stay."""
    before = Baseline({LINE: ("# why",), OTHER: ()})
    new = "FCX101 b.py::f: g.user"
    assert before.changed({LINE, new}, whole=True) == Baseline({new: (), LINE: ("# why",)})
    assert before.changed({new}, whole=False).sites.keys() == {LINE, OTHER, new}


def test_gone_is_what_nobody_met_of_rules_that_were_looked_for() -> None:
    """A rule that is switched off finds nothing, which says nothing."""
    known = [OTHER, LINE, "FCX102 a.py::f: g"]
    assert baseline.gone(known, {LINE}, ["FCX102"]) == [OTHER]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"status": "known"}, True),
        ({"level": "warning"}, True),
        ({"level": "note"}, False),
        ({"status": "allowed"}, False),
        ({"status": "expected"}, False),
        ({"status": "library"}, False),
    ],
)
def test_only_leaks_of_the_user_count(changes: dict, counts: bool) -> None:
    """What does not fail for another reason needs no baseline."""
    assert baseline.counts(finding(**changes)) is counts


def test_a_function_that_handed_over_tells_sites_apart() -> None:
    """The same use is another leak when another function hands the work over."""
    elsewhere = handover()._replace(site=site(function="other_view"))
    assert baseline.site(finding(handover=elsewhere)) != LINE
