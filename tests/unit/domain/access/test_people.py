"""Roles and addresses."""

import pytest

from aldea_core.domain.access.people import Role, User, proper_email, valid_email
from aldea_core.domain.errors import BadRequest


@pytest.mark.parametrize(
    ("role", "covers"),
    [
        (Role.OWNER, {Role.OWNER, Role.ADMIN, Role.MEMBER}),
        (Role.ADMIN, {Role.ADMIN, Role.MEMBER}),
        (Role.MEMBER, {Role.MEMBER}),
    ],
)
def test_role_includes_lower_roles(role, covers):
    assert {other for other in Role if role.covers(other)} == covers


def test_email_address_ignores_case_and_space():
    """
    Space around it, that is.
    """
    assert proper_email(" Ann@Example.COM\n") == "ann@example.com"


def test_a_password_hash_is_in_no_repr():
    """
    The repr shows neither the password nor its hash.
    """
    from tests.contract.values import NOW

    assert "hidden" not in repr(User("id", "a@b.co", "Ann", "hidden", NOW))


@pytest.mark.parametrize("text", ["", "ann", "a@x.test, b@x.test", "a" * 255 + "@x.test"])
def test_what_is_no_single_address_is_refused(text):
    with pytest.raises(BadRequest, match="address"):
        valid_email(text)
