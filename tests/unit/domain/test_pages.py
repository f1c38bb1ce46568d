"""Pages of lists."""

from tests.contract.values import after

from aldea_core.domain.pages import NEWEST_FIRST, OLDEST_FIRST, Page


ITEMS = [(after(at), name) for at, name in ((1, "c"), (0, "a"), (1, "b"), (2, "d"))]


def names(page: Page) -> str:
    return "".join(name for _, name in page.of(ITEMS, lambda item: item))


def test_list_is_in_either_order():
    assert names(OLDEST_FIRST) == "abcd"
    assert names(NEWEST_FIRST) == "dcba"


def test_page_begins_after_the_last_item_of_the_one_before():
    """
    That item may be gone meanwhile.
    """
    assert names(Page(2, (after(1), "b"))) == "cd"
    assert names(Page(2, (after(1), "bb"), newest_first=True)) == "ba"
    assert names(Page(2, (after(2), "d"))) == ""


def test_page_is_found_by_its_number():
    assert names(Page(2, skip=1)) == "bc"
    assert names(Page(skip=3)) == "d"
