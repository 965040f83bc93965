"""Repairs on their way out: as they are, whatever the terminal or the locale says."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from builders import ROOT, finding, site

from pytest_flaskctx import repairs
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.plugin import repairing
from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.plugin.repairing import base, printed
from pytest_flaskctx.repairs import Repair


def test_a_diff_keeps_its_line_ends_and_its_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that writes other line ends, and in a locale of ASCII alone."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", newline="\r\n"))
    printed("-ü\r\n+x\udc80\n")
    assert raw.getvalue() == "\n-ü\r\n+x".encode() + b"\x80\n"


def test_a_diff_is_printed_to_whatever_stands_for_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program that runs pytest may have put something there that takes text only."""
    caught = io.StringIO()
    monkeypatch.setattr(sys, "stdout", caught)
    printed("-ü\n")
    assert caught.getvalue() == "\n-ü\n"


def test_paths_begin_at_the_top_of_the_repository(tmp_path: Path) -> None:
    """A worktree has a file there in the place of a folder; without any it is the root directory."""
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True)
    assert base(root) == root
    (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    assert base(root) == tmp_path


def test_a_report_holds_so_many_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first by their place, so that they are the same in each run."""
    asked: list[int] = []

    def made(findings: list[Finding], root: Path, base: Path) -> list[Repair]:
        asked.extend(each.line for each in findings)
        return [Repair("patch", "") for _ in findings]

    monkeypatch.setattr(repairs, "available", lambda: True)
    monkeypatch.setattr(repairs, "repair_each", made)
    monkeypatch.setattr(repairing, "MOST", 2)
    found = [finding(site=site(line=line)) for line in (7, 3, 5)]
    mender = repairing.Mender(ROOT, Mishaps())
    assert [each.patch for each in mender.patched(found)] == [None, "patch", "patch"]
    assert asked == [3, 5]
    mender.patched(found)
    assert asked == [3, 5], "each is made once"
