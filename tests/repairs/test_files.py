"""Whatever a file looks like, its patch changes nothing but what is repaired, and git takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import SEND, app, apply, leak, write

from pytest_flaskctx.repairs import combined, repair

EXPECTED = app(
    "def work(to):\n    send(to)\n",
    'def view():\n    to = request.args["to"]\n    pool.submit(work, to)\n',
)


def repaired(root: Path, name: str, text: str) -> str:
    """Return a file after its patch was applied."""
    write(root, {name: text})
    patch, reason = repair(leak(root, file=name, home=name), root)
    assert not reason
    return apply(root, patch or "")[name]


@pytest.mark.parametrize(
    "name",
    ["app.py", "my app.py", "café/страница.py", 'quo"ted.py', "tab\tbed.py", "back\\slash.py"],
)
def test_git_takes_a_patch_for_any_name(name: str, tmp_path: Path) -> None:
    """Spaces, letters of any script, quotes."""
    assert repaired(tmp_path, name, app()) == EXPECTED


def test_control_characters_in_a_name_are_written_in_octal(tmp_path: Path) -> None:
    """As git writes them itself."""
    assert repaired(tmp_path, "be\x07ll.py", app()) == EXPECTED


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay(end: str, tmp_path: Path) -> None:
    """New lines end as all others do, an added import too."""
    text = app(view="def view():\n    pool.map(work, [1])\n").replace("\n", end)
    write(tmp_path, {"app.py": text})
    patch, _ = repair(leak(tmp_path, call="pool.map(work, [1])", kind="map"), tmp_path)
    after = apply(tmp_path, patch or "")["app.py"]
    assert after.count("\n") == after.count(end) == text.count("\n") + 2


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    """It is part of the first line."""
    assert repaired(tmp_path, "app.py", "\ufeff" + app()) == "\ufeff" + EXPECTED


def test_a_missing_newline_at_the_end_stays_missing(tmp_path: Path) -> None:
    """Where the last line is changed, and where it is not."""
    assert repaired(tmp_path, "app.py", app().rstrip()) == EXPECTED.rstrip()
    longer = app() + "\n\n\n\n\nlast = 1"
    assert repaired(tmp_path, "app.py", longer) == EXPECTED + "\n\n\n\n\nlast = 1"


def test_tabs_stay(tmp_path: Path) -> None:
    """A new line is indented as its neighbours."""
    text = app().replace("    ", "\t")
    assert repaired(tmp_path, "app.py", text) == EXPECTED.replace("    ", "\t")


LAID_OUT = (
    """\
def work(
    first,  # one
    second,  # two
):
    # before
    to = request.args[  # which
        "to"
    ]  # whom

    # after
    send(to)  # it


def view():

    # hand over
    pool.submit(  # here
        work,
        1,  # first
        2,  # second
    )  # done
""",
    """\
def work(
    first,  # one
    second,  # two
    to,
):
    # before
    # whom

    # after
    send(to)  # it


def view():

    # hand over
    to = request.args['to']
    pool.submit(  # here
        work,
        1,  # first
        2,  # second
        to,
    )  # done
""",
)


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    """Each comment keeps its line; only one inside of what is moved is gone."""
    head = app("", "").partition("def send")[0] + SEND
    write(tmp_path, {"app.py": head + LAID_OUT[0]})
    call = LAID_OUT[0].partition("    # hand over\n    ")[2].rpartition("  # done")[0]
    patch, reason = repair(leak(tmp_path, call=call), tmp_path)
    assert not reason
    assert apply(tmp_path, patch or "") == {"app.py": head + LAID_OUT[1]}


def test_paths_are_relative_to_the_base(tmp_path: Path) -> None:
    """A suite below the repository's top is repaired from the top; other files are left out."""
    root = tmp_path / "service"
    write(root, {"app.py": app()})
    diff, left = combined([leak(root)], root, tmp_path)
    assert not left
    assert apply(tmp_path, diff) == {"service/app.py": EXPECTED}
    write(root, {"app.py": app()})
    finding = leak(root)
    reason = f"`app.py` does not lie under `{tmp_path / 'other'}`"
    assert combined([finding], root, tmp_path / "other") == ("", [(finding, reason)])


REASONS = {
    "../app.py": "`../app.py` does not lie under the root directory",
    "<string>": "`<string>` does not lie under the root directory",
    "lib/site-packages/app.py": "`lib/site-packages/app.py` belongs to an installed package",
    "env/app.py": "`env/app.py` belongs to an installed package",
    "linked.py": "`linked.py` is reached by a symbolic link",
    "linked/app.py": "`linked/app.py` is reached by a symbolic link",
    "missing.py": "`missing.py` cannot be read",
    "large.py": "`large.py` is larger than what is looked through",
    "latin.py": "`latin.py` is not plain UTF-8",
    "undecodable.py": "`undecodable.py` is not plain UTF-8",
    "odd.py": "`odd.py` is not plain UTF-8",
    "broken.py": "`broken.py` cannot be parsed",
    "null.py": "`null.py` cannot be parsed",
    "page.html": "`page.html` is no Python file",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_file_that_is_not_the_users_or_cannot_be_read_is_left_alone(
    name: str, tmp_path: Path
) -> None:
    """It says which file and why."""
    root = tmp_path / "root"
    write(tmp_path, {"app.py": app()})
    write(
        root,
        {
            "app.py": app(),
            "lib/site-packages/app.py": app(),
            "env/app.py": app(),
            "env/pyvenv.cfg": "",
            "real/app.py": app(),
            "large.py": app() + "#" * 1_000_001,
            "latin.py": "# coding: latin-1\n" + app(),
            "undecodable.py": app().encode() + b"# \xff",
            "odd.py": "# coding: nothing\n" + app(),
            "broken.py": app() + "def",
            "null.py": app() + "\0",
            "page.html": app(),
        },
    )
    (root / "linked.py").symlink_to(root / "app.py")
    (root / "linked").symlink_to(root / "real")
    there = leak(root)
    finding = leak(root, site=there.site._replace(file=name))
    assert repair(finding, root) == (None, REASONS[name])
    assert combined([finding, finding], root) == ("", [(finding, REASONS[name])] * 2)


def test_a_file_that_changed_since_the_run_is_left_alone(tmp_path: Path) -> None:
    """What was seen has to stand where it was seen."""
    write(tmp_path, {"app.py": app()})
    finding = leak(tmp_path)
    write(tmp_path, {"app.py": "\n" + app()})
    reason = "`app.py` has changed since the run, `request.args` does not stand there"
    assert repair(finding, tmp_path) == (None, reason)


def test_without_columns_nothing_is_changed(tmp_path: Path) -> None:
    """Of two expressions on a line, which was it?"""
    write(tmp_path, {"app.py": app()})
    finding = leak(tmp_path)
    told = leak(tmp_path, site=finding.site._replace(column=None))
    assert repair(told, tmp_path) == (None, "Python was told to keep no columns")


def test_the_project_is_left_as_it_is(tmp_path: Path) -> None:
    """A patch is proposed, never made."""
    write(tmp_path, {"app.py": app()})
    assert repair(leak(tmp_path), tmp_path).patch
    assert (tmp_path / "app.py").read_text() == app()


def test_git_takes_it_with_another_end_of_the_patch(tmp_path: Path) -> None:
    """A patch by itself ends with a newline."""
    write(tmp_path, {"app.py": app().rstrip()})
    patch = repair(leak(tmp_path), tmp_path).patch or ""
    assert patch.endswith("\n\\ No newline at end of file\n")
    done = subprocess.run(["git", "apply", "--check", "-"], input=patch, text=True, cwd=tmp_path)
    assert done.returncode == 0


@pytest.mark.parametrize("mark", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_no_line_ends_at_what_else_parts_lines(mark: str, tmp_path: Path) -> None:
    """A form feed between two functions is nothing but a blank."""
    above = f"# {mark}\n'{mark}'\n" + ("\f\n" if mark == "\f" else "")
    assert repaired(tmp_path, "app.py", above + app()) == above + EXPECTED
