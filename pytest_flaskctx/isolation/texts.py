"""A text as it is, and under each of the ways in which the web packs things."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

MOST = 1 << 20
"""How much of one text is looked at, and unpacked, in bytes."""

# What base64 may be, in either alphabet, and long enough to hold a token.
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{20,}")

# These are of its alphabets, and stand between other words as well.
_BETWEEN = re.compile(rb"[/_-]")
_AHEAD = 200


def shapes(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a text as it is, and unpacked, each with the name of the way; all in lower case."""
    text = text[:MOST]
    for way, shape in _shapes(text):
        yield way, shape.lower()


def _shapes(text: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", text
    for way, format_ in (("gzip", 31), ("zlib", 15)):
        try:
            yield way, _inflated(text, format_)
        except zlib.error:
            continue
    if b"%" in text:
        yield "percent-encoding", unquote_to_bytes(text)
    for found in _PACKED.finditer(text):
        yield from _unpacked(found[0])


def _unpacked(packed: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what base64 may hold: where it begins among other letters is not to be seen."""
    starts = {*range(4), *(found.end() for found in _BETWEEN.finditer(packed, 0, _AHEAD))}
    packed = packed.translate(bytes.maketrans(b"-_", b"+/"))
    for start in sorted(starts):
        part = packed[start:]
        # A single letter at the end holds no byte.
        part = part[: len(part) - (len(part) % 4 == 1)]
        plain = base64.b64decode(part + b"=" * (-len(part) % 4))
        if start < 4:
            yield "base64", plain
        try:
            yield "base64 and zlib", _inflated(plain)
        except zlib.error:
            continue


def plain(body: bytes, encoding: str) -> bytes:
    """Return a body as it was before it was packed; as it is where that cannot be told.

    Args:
        body: what was sent.
        encoding: its ``Content-Encoding``; of what Python cannot unpack nothing is.
    """
    # By RFC 9110 deflate has zlib's frame, and there are servers that leave it out.
    for format_ in {"gzip": (31,), "deflate": (15, -15)}.get(encoding.lower(), ()):
        try:
            return _inflated(body, format_)
        except zlib.error:
            continue
    return body


def _inflated(packed: bytes, format_: int = 15) -> bytes:
    return zlib.decompressobj(format_).decompress(packed, MOST)
