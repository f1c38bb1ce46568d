"""An engine's HTTP response is read as RFC 9112 says, however TCP splits it."""

import pytest

from hypothesis import given
from hypothesis import strategies as st

from adapters.gpu_http.error_answers import error_of
from adapters.gpu_http.response import BadResponse, ResponseReader


def read(data, sizes=()):
    reader, at, found = ResponseReader(), 0, None
    for size in [*sizes, len(data)]:
        piece = data[at : at + size]
        at += size
        if piece:
            assert found is None
            found = reader.feed(piece)
    return found


BODY = b'{"text":"hello"}'
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nX-A: b\r\nConnection : C: D \r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"8;ext=1\r\n" + BODY[:8] + b"\r\n8\r\n" + BODY[8:] + b"\r\n0\r\n\r\n"
)
AFTER_A_100 = b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN


@given(
    st.sampled_from([PLAIN, CHUNKED, AFTER_A_100]),
    st.lists(st.integers(1, 20), max_size=20),
)
def test_response_ends_where_its_framing_says(data, sizes):
    """
    Neither earlier nor later, with Content-Length or chunked.
    """
    response = read(data, sizes)

    assert (response.head.status, response.body) == (200, BODY)
    assert response.keeps_alive


def test_header_names_are_lower_cased():
    """
    The value is what follows the first colon; only the needed headers are kept.
    """
    assert read(PLAIN).head.headers == {b"content-length": b"16", b"connection": b"c: d"}


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 16\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: Close\r\n\r\n",
    ],
)
def test_http_1_0_and_connection_close_are_not_reused(head):
    assert not read(head + BODY).keeps_alive


def test_bytes_after_the_response_end_the_connection():
    """
    They belong to no request.
    """
    assert not read(PLAIN + b"HTTP/1.1 200").keeps_alive


def test_body_without_length_ends_with_the_connection():
    """
    A body with a length that breaks off is an error.
    """
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nall of it") is None
    assert reader.ended().body == b"all of it"
    short = ResponseReader()
    assert short.feed(PLAIN[:-1]) is None
    assert short.ended() is None
    assert ResponseReader().ended() is None


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_bodyless_statuses_ignore_length_headers(status):
    """
    Whatever their headers say.
    """
    assert read(b"HTTP/1.1 " + status + b"\r\n\r\n").body == b""


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 what\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-6\r\n\r\n",  # would never end
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_malformed_response_is_refused_at_once(data):
    """
    The reader does not wait for more bytes.
    """
    with pytest.raises(BadResponse):
        read(data)


def test_body_over_the_limit_is_refused():
    """
    No transcript is that long.
    """
    reader = ResponseReader()
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(BadResponse):
        for _ in range(300):
            reader.feed(bytes(2**20))


def test_error_that_is_nested_without_end_has_no_text():
    assert str(error_of(400, b"[" * 100_000)) == "The speech engine answered 400."
