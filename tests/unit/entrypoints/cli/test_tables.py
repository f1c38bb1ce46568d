"""Tables show names as they are, whatever is in them, and cut nothing."""

import unicodedata

import pytest

from entrypoints.cli.tables import cells_of, lines, plain


COLUMNS = ("id", "name")


def table(*names: str, width: int | None = None) -> list[str]:
    return lines(COLUMNS, [(str(n), plain(name)) for n, name in enumerate(names)], width)


def test_columns_are_aligned_by_cells():
    """
    Wide characters take two cells, combining ones and joiners none.
    """
    names = ("株式会社アルデア", "Ｗide", "Jose\u0301", "Ana", "\U0001f469\u200d\U0001f52c")
    shown = lines(("name", "id"), [(plain(name), "x") for name in names], None)

    assert {cells_of(line.removesuffix("x").removesuffix("id")) for line in shown} == {18}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\u2028line", r"\u2028line"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
        (":smile: {0} %s", ":smile: {0} %s"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_printed(name, shown):
    printed = table(name)[1]

    assert printed == f"0   {shown}"
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} for one in printed)


def test_long_names_are_whole_on_one_line():
    """
    Where nothing limits the width: programs read lines.
    """
    assert table("x" * 5000)[1].endswith("x" * 5000)


def test_records_replace_a_table_that_is_too_wide():
    assert table("short", width=12) == ["id  name", "0   short"]
    assert table("a long name", "", width=12) == [
        "id    0",
        "name  a long name",
        "",
        "id    1",
    ]
