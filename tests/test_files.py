"""Files are written whole or not at all, and are their owner's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pytest_flaskctx.reports.files import write


def test_write_makes_folders(tmp_path: Path) -> None:
    """The file's folders are made, and nothing but the file lies there."""
    target = tmp_path / "deep" / "down" / "out.json"
    write(target, "new\n")
    assert target.read_text(encoding="utf-8") == "new\n"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_write_is_private(tmp_path: Path) -> None:
    """Only its owner can read the file, whatever stood there before."""
    target = tmp_path / "out.json"
    target.touch(mode=0o644)
    write(target, "new\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_write_keeps_the_old_file_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written leaves the old file whole and no temporary one behind."""
    target = tmp_path / "out.json"
    target.write_text("old", encoding="utf-8")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(target, "new\n")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_write_to_a_folder_is_an_error(tmp_path: Path) -> None:
    """A path that cannot be a file is the caller's OSError, and leaves nothing behind."""
    with pytest.raises((IsADirectoryError, PermissionError)):
        write(tmp_path, "new\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs links")
def test_write_goes_through_a_link(tmp_path: Path) -> None:
    """A link stays a link; its target gets the content."""
    link, target = tmp_path / "link.json", tmp_path / "target.json"
    link.symlink_to(target)
    write(link, "new\n")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new\n"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_write_to_a_device(tmp_path: Path) -> None:
    """A device is written to, not replaced by a file."""
    write(Path("/dev/null"), "new\n")
    assert not Path("/dev/null").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_shared_file_keeps_its_mode(tmp_path: Path) -> None:
    """What others work on stays readable to them; a new one is private."""
    target, new = tmp_path / "leaks.txt", tmp_path / "new.txt"
    target.touch()
    target.chmod(0o664)
    write(target, "new\n", shared=True)
    write(new, "new\n", shared=True)
    assert stat.S_IMODE(target.stat().st_mode) == 0o664
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_what_no_encoding_holds_is_spelt_out(tmp_path: Path) -> None:
    """Half a surrogate, as in a file name that could not be decoded, does not stop the writing."""
    write(tmp_path / "out.txt", "a\udc80b\n")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "a\\udc80b\n"
