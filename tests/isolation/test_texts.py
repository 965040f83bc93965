"""A text, and what is packed in it."""

from __future__ import annotations

import base64
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.isolation.texts import MOST, plain, shapes

TOKEN = b"tabcdefghijklmn2"


def packed64(text: bytes) -> bytes:
    """Pack as Flask packs a large session: by zlib and base64, without padding."""
    return base64.urlsafe_b64encode(zlib.compress(text)).rstrip(b"=")


def ways(text: bytes) -> list[str]:
    """Return the ways in which the token is in ``text``."""
    return [way for way, shape in shapes(text) if TOKEN in shape]


def percent(text: bytes) -> bytes:
    """Pack each byte by itself."""
    return b"".join(b"%%%02X" % each for each in text)


@pytest.mark.parametrize(
    ("pack", "way"),
    [
        (bytes, ""),
        (bytes.upper, ""),
        (gzip.compress, "gzip"),
        (zlib.compress, "zlib"),
        (percent, "percent-encoding"),
        (base64.b64encode, "base64"),
        (lambda text: base64.urlsafe_b64encode(text).rstrip(b"="), "base64"),
        (lambda text: b'x="' + base64.b64encode(b"[" + text + b"]") + b'"; y=1', "base64"),
        (packed64, "base64 and zlib"),
        (lambda text: b"session=." + packed64(text) + b".aQ.sig", "base64 and zlib"),
    ],
)
def test_a_token_is_found_however_it_is_packed(pack: Callable[[bytes], bytes], way: str) -> None:
    """The way has a name; the text as it is has none."""
    assert ways(pack(b"user: " + TOKEN + b"!")) == [way]


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "abcd", "id_", "/a/b-"])
def test_base64_is_found_behind_other_letters(before: str) -> None:
    """Such as those of a path: where it begins is not to be seen."""
    text = base64.urlsafe_b64encode(TOKEN + b"!").rstrip(b"=")
    assert "base64" in ways(before.encode() + text)


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_what_is_packed_twice_is_found_behind_other_letters(before: str) -> None:
    """A few of them."""
    assert "base64 and zlib" in ways(before.encode() + packed64(TOKEN))


@given(st.binary(max_size=40), st.binary(max_size=40), st.booleans())
def test_base64_is_read_in_either_alphabet(before: bytes, after: bytes, web: bool) -> None:
    """Whatever stands beside the token, with padding or without."""
    encode = base64.urlsafe_b64encode if web else base64.b64encode
    text = before + TOKEN + after
    for packed in (encode(text), encode(text).rstrip(b"=")):
        assert ("base64", text.lower()) in list(shapes(packed))


@given(
    st.binary(max_size=60) | st.text("ABCDEFabcdef0123456789+/_-%=.", min_size=18).map(str.encode)
)
def test_any_text_has_shapes(text: bytes) -> None:
    """The first is the text itself; all of them are in lower case, and none makes trouble."""
    found = list(shapes(text))
    assert found[0] == ("", text.lower())
    assert all(shape == shape.lower() for _, shape in found)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, packed64])
def test_what_is_damaged_is_passed_over(pack: Callable[[bytes], bytes]) -> None:
    """It is looked at as it is."""
    broken = bytearray(pack(TOKEN * 9))
    broken[3] ^= 0xFF
    broken[-6] ^= 0xFF
    assert next(shapes(bytes(broken)))[1] == bytes(broken).lower()
    assert ways(bytes(broken)) == []


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_what_breaks_off_is_read_as_far_as_it_goes(pack: Callable[[bytes], bytes]) -> None:
    """A token may be in that."""
    assert len(ways(pack(TOKEN)[:-4])) == 1


def test_what_is_packed_is_not_unpacked_any_further_than_it_is_looked_at() -> None:
    """A few bytes may hold more than the machine has room for."""
    bomb = gzip.compress(bytes(64 * MOST), 1)
    tracemalloc.start()
    try:
        assert ("gzip", MOST) in [(way, len(shape)) for way, shape in shapes(bomb)]
        assert tracemalloc.get_traced_memory()[1] < 16 * MOST
    finally:
        tracemalloc.stop()


def test_the_last_letter_of_what_is_too_long_by_one_is_left_out() -> None:
    """No four letters of base64 begin with a single one."""
    text = base64.b64encode(TOKEN + b"ab") + b"x"
    assert len(text) % 4 == 1
    assert ways(text) == ["base64"]


def test_what_is_short_is_not_taken_for_base64() -> None:
    """It has no room for a token."""
    assert [way for way, _ in shapes(b"a" * 19)] == [""]
    assert "base64" in [way for way, _ in shapes(b"a" * 20)]


def test_only_so_much_of_a_text_is_looked_at() -> None:
    """And of what is packed in it."""
    room = MOST - len(TOKEN)
    for pack in (bytes, gzip.compress, zlib.compress):
        assert len(ways(pack(b"\0" * room + TOKEN))) == 1
        assert ways(pack(b"\0" * (room + 1) + TOKEN)) == []
    assert "base64 and zlib" in [way for way, _ in shapes(packed64(b"\0" * (room + 1) + TOKEN))]
    assert ways(packed64(b"\0" * (room + 1) + TOKEN)) == []


def test_a_text_without_a_percent_sign_is_not_unquoted() -> None:
    """It would be there twice."""
    assert [way for way, _ in shapes(b"a=b")] == [""]
    assert list(shapes(quote_from_bytes(b"a=b").encode())) == [
        ("", b"a%3db"),
        ("percent-encoding", b"a=b"),
    ]


def test_a_body_is_unpacked_by_its_encoding() -> None:
    """With zlib's frame and without it; in whatever case the encoding is written."""
    text = b"Hello Bob"
    bare = zlib.compressobj(wbits=-15)
    assert plain(gzip.compress(text), "GZip") == text
    assert plain(zlib.compress(text), "deflate") == text
    assert plain(bare.compress(text) + bare.flush(), "deflate") == text


@pytest.mark.parametrize("encoding", ["", "br", "gzip", "deflate"])
def test_a_body_that_cannot_be_unpacked_is_as_it_is(encoding: str) -> None:
    """It was not packed, or by what nobody knows here."""
    assert plain(b"Hello Bob", encoding) == b"Hello Bob"
