"""Forms as they arrive, in pieces of any size."""

from itertools import pairwise

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.errors import BadRequest
from aldea_core.protocol.openai.multipart import Field, FormReader, boundary_of


FORM = (
    b"ignored preamble\r\n"
    b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n'
    b'--b  \r\ncontent-type: audio/wav\r\ncontent-disposition: form-data; filename="a; name=model"; name=file'
    b"\r\n\r\none\r\n--two\r\n-\r\n\r\n--\r\n"
    b'--b\r\nContent-Disposition: form-data; name="a \\"quoted\\" one"\r\n\r\nB\xc3\xb6rse\r\n'
    b"--b--\r\nignored epilogue"
)
FIELDS = [Field("model", "whisper-1"), Field("empty", ""), Field('a "quoted" one', "Börse")]
FILE = b"one\r\n--two\r\n-\r\n\r\n--"


def read(reader: FormReader, pieces: list[bytes]) -> tuple[list[Field], bytes]:
    found = [item for piece in pieces for item in reader.feed(piece)]
    fields = [item for item in found if isinstance(item, Field)]
    return fields, b"".join(item for item in found if not isinstance(item, Field))


@given(st.lists(st.integers(0, len(FORM)), max_size=12))
def test_form_is_read_however_it_is_cut(cuts):
    edges = [0, *sorted(cuts), len(FORM)]
    reader = FormReader("b")
    pieces = [FORM[a:z] for a, z in pairwise(edges)]

    assert read(reader, pieces) == (FIELDS, FILE)
    reader.finish()


def test_file_is_not_kept():
    reader = FormReader("b")
    reader.feed(b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n')

    for _ in range(100):
        (piece,) = reader.feed(bytes(100_000))
        assert len(piece) > 99_990
        assert len(reader._rest) < 10


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (b"", "closing boundary"),
        (FORM[:-30], "closing boundary"),
        (b"--b--", "must have a file"),
        (b"--b junk\r\n", "malformed"),
        (b"--b\r\nContent-Type: a\r\n\r\n", "no name"),
        (b'--b\r\nContent-Disposition: attachment; name="p"\r\n\r\n', "no name"),
        (b"--b\r\nX: " + b"a" * 9000, "malformed"),
        (b"--b" + b" " * 9000, "malformed"),
        (b'--b\r\nContent-Disposition: form-data; name="p"\r\n\r\n' + b"a" * 66_000, "longer than"),
        (b'--b\r\nContent-Disposition: form-data; name="p"\r\n\r\n\xff\r\n--b--', "UTF-8"),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n\r\n' * 2 + b"--b--", "one"),
        (b'--b\r\nContent-Disposition: form-data; name="p"\r\n\r\n\r\n' * 101, "parts"),
    ],
)
def test_malformed_form_is_refused_in_words(form, words):
    reader = FormReader("b")

    with pytest.raises(BadRequest, match=words):
        reader.feed(form)
        reader.finish()


@pytest.mark.parametrize(
    "header", ["multipart/form-data; boundary=b", 'Multipart/Form-Data; a=1; Boundary="b"']
)
def test_boundary_is_read_from_the_content_type(header):
    assert boundary_of(header) == "b"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "audio/wav",
        "multipart/form-data",
        "multipart/mixed; boundary=b",
        "multipart/form-data; boundary=" + "b" * 71,
        'multipart/form-data; boundary="ö"',
    ],
)
def test_other_bodies_are_no_form(header):
    with pytest.raises(BadRequest):
        boundary_of(header)
