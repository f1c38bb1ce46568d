"""Asking a signed-in user for the password again."""

import pytest

from tests.servers.people import PASSWORD

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.errors import BadRequest, TooManyAttempts


NEW_PASSWORD = "staple in the battery"


def asking(people, user):
    """All that asks a signed-in user for the password again."""
    return (
        lambda password: people.change(user, password, NEW_PASSWORD),
        lambda password: people.request_email_change(user, "ann@new.example", password),
        lambda password: people.delete_account(user, password),
        lambda password: people.second_factor.enrol(user, password),
        lambda password: people.second_factor.renew_recovery(user, password),
        lambda password: people.second_factor.disable(user, password),
        lambda password: people.manage_passkeys.begin(user, password),
    )


async def test_guesses_in_all_places_are_counted_together(people, ann):
    places = asking(people, ann)
    for n in range(attempt_limits.PASSWORD_OF_USER.pace.burst):
        with pytest.raises(BadRequest, match="not your password"):
            await places[n % len(places)]("a wrong one")

    for ask in places:
        with pytest.raises(TooManyAttempts):
            await ask(PASSWORD)


async def test_right_password_resets_the_count(people, ann):
    for _ in range(2):
        for _ in range(attempt_limits.PASSWORD_OF_USER.pace.burst - 1):
            with pytest.raises(BadRequest):
                await people.manage_passkeys.begin(ann, "a wrong one")
        await people.manage_passkeys.begin(ann, PASSWORD)
