"""HTTP request heads that take the fast path, and the fields read from them."""

import pytest

from entrypoints.http.request_head import pairs_of, usual_head


LINES = ("Host: aldea", "Authorization: Token org_abc", "Content-Length: 5")


def head_of(
    *lines: str, first: str = "POST /v1/listen?model=a HTTP/1.1", end: str = "\r\n"
) -> bytes:
    return "\r\n".join([first, *lines, end]).encode("latin-1")


def test_fields_of_an_ordinary_head_are_read():
    data = head_of(*LINES, "X-Empty:", "X-Spaced: \t some words")
    found = usual_head(data + b"audio")

    assert (found.method, found.path, found.query) == ("POST", "/v1/listen", "model=a")
    assert (found.size, found.length) == (5, len(data))
    assert found.headers == {
        "host": "aldea",
        "authorization": "Token org_abc",
        "content-length": "5",
        "x-empty": "",
        "x-spaced": "some words",
    }


def test_head_without_query_and_length():
    found = usual_head(head_of("Host: aldea", first="GET /v1/listen HTTP/1.1"))

    assert (found.method, found.query, found.size) == ("GET", "", None)


def test_repr_does_not_show_the_key():
    assert "org_abc" not in repr(usual_head(head_of(*LINES)))


@pytest.mark.parametrize(
    "first",
    [
        "POST /v1/listen HTTP/1.0",
        "POST /v1/listen HTTP/2.0",
        "POST /v1/listen",
        "POST  /v1/listen HTTP/1.1",
        "post /v1/listen HTTP/1.1",
        "PUT /v1/listen HTTP/1.1",
        "GET http://aldea/v1/listen HTTP/1.1",
        "GET * HTTP/1.1",
        "GET /v1/listen#here HTTP/1.1",
        "GET /v1/listen?a=b c HTTP/1.1",
        "GET /v1/\x00listen HTTP/1.1",
        "GET /v1/listen?a=\u00e4 HTTP/1.1",
        " GET /v1/listen HTTP/1.1",
    ],
)
def test_unusual_request_line_takes_the_fallback(first):
    assert usual_head(head_of(*LINES, first=first)) is None


@pytest.mark.parametrize(
    "line",
    [
        "Content-Length: 5",  # a second time
        "content-length: 6",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "TE: trailers",
        " folded",
        "\tfolded",
        "no colon",
        ": no name",
        "A name: of two words",
        "Name : with a space before its colon",
        "X: a space at the end ",
        "X: a tab at the end\t",
        "X: ",
        "X: a\x00b",
        "X: a\nY: b",
        "X: a\rY: b",
        "X: \u00e4",
    ],
)
def test_unusual_header_takes_the_fallback(line):
    assert usual_head(head_of(*LINES, line)) is None


@pytest.mark.parametrize("length", ["", "-5", "+5", "5, 5", "1e3", "0x5", "5 5", "9" * 19])
def test_invalid_content_length_takes_the_fallback(length):
    assert usual_head(head_of(f"Content-Length: {length}")) is None


def test_incomplete_head_is_not_read():
    whole = head_of(*LINES)

    assert all(usual_head(whole[:size]) is None for size in range(len(whole)))


def test_a_very_long_head():
    assert usual_head(head_of("X: " + "x" * 9000)) is None


def test_query_is_decoded_to_pairs_in_order():
    assert pairs_of("a=1&b=%20&a=+&c&d=%C3%A4") == (
        ("a", "1"),
        ("b", " "),
        ("a", " "),
        ("c", ""),
        ("d", "ä"),
    )
