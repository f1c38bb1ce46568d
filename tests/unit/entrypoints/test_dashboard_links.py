"""Links of a list to its pages."""

import pytest

from entrypoints.frontend.links import filtered, following


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (filtered({"state": "all", "q": ""}), "?state=all"),
        (filtered({"q": ""}), "?"),
        (following(None, {"state": "all"}), ""),
        (following("a=", {"state": "all", "q": "x y"}), "?state=all&q=x+y&cursor=a%3D"),
        (following("a", name="invited"), "?invited=a"),
    ],
)
def test_filter_is_kept_from_page_to_page(link, expected):
    assert link == expected
