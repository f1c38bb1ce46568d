"""Roles and addresses."""

import pytest

from aldea_core.domain.access.people import Role, User, proper_email


@pytest.mark.parametrize(
    ("role", "covers"),
    [
        (Role.OWNER, {Role.OWNER, Role.ADMIN, Role.MEMBER}),
        (Role.ADMIN, {Role.ADMIN, Role.MEMBER}),
        (Role.MEMBER, {Role.MEMBER}),
    ],
)
def test_roles_are_ranks(role, covers):
    """
    Whoever has one may do what the lower ones may.
    """
    assert {other for other in Role if role.covers(other)} == covers


def test_an_address_is_compared_without_regard_to_case():
    """
    Nor to space around it.
    """
    assert proper_email(" Ann@Example.COM\n") == "ann@example.com"


def test_a_password_hash_is_in_no_repr():
    """
    Not even the hash.
    """
    from tests.contract.values import NOW

    assert "hidden" not in repr(User("id", "a@b.co", "Ann", "hidden", NOW))
