"""Accounts over HTTP: sign-up, sign-in, password resets, invitations, members."""

import attrs
import pytest

from tests.servers.backend import PASSWORD, SETTINGS, backend

from aldea_core.domain.ids import UserId


ACCOUNT = {"email": "ann@example.com"}
DETAILS = {"password": PASSWORD, "name": "Ann"}
NEW_PASSWORD = "staple in the battery"
SIGN_IN = {"email": "ann@example.com", "password": PASSWORD}


def token_in(email) -> str:
    return email.text.partition("#")[2].partition("\n")[0]


@pytest.fixture
async def strict():
    """As in production: addresses are confirmed by email, and attempts are limited."""
    async with backend(
        attrs.evolve(SETTINGS, confirm_addresses=True, attempts_factor=1)
    ) as running:
        yield running


class TestSigningUp:
    async def test_sign_up_of_a_known_address_looks_the_same(self, strict):
        """
        Only the mailbox's owner learns of it. The password stays.
        """
        anonymous = strict.anonymous()
        first = await anonymous.post("/v1/sign-up", ACCOUNT)
        await anonymous.post("/v1/confirm", {"token": token_in(strict.emails[0]), **DETAILS})
        second = await anonymous.post("/v1/sign-up", {**ACCOUNT, **DETAILS, "name": "Eve"})

        assert (first.status, first.text) == (second.status, second.text)
        assert [email.subject for email in strict.emails] == [
            "Confirm your address",
            "You have an account already",
        ]
        assert (await anonymous.post("/v1/sign-in", SIGN_IN)).status == 200

    async def test_sign_in_does_not_reveal_a_new_account(self, strict):
        """
        Before confirmation the new password is refused, as for a known account.
        """
        anonymous = strict.anonymous()
        await anonymous.post("/v1/sign-up", ACCOUNT)
        unconfirmed = await anonymous.post("/v1/sign-in", SIGN_IN)
        unknown = await anonymous.post("/v1/sign-in", {**SIGN_IN, "email": "bob@example.com"})
        wrong = await anonymous.post("/v1/sign-in", {**SIGN_IN, "password": "wrong"})

        answered = {
            (answer.status, answer.json["type"], answer.json["detail"])
            for answer in (unconfirmed, unknown, wrong)
        }
        assert answered == {(401, "/docs#not-signed-in", "The address or the password is wrong.")}

    async def test_a_reset_of_an_unknown_address_gets_the_same_answer(self, strict):
        """
        And sends no email.
        """
        anonymous = strict.anonymous()
        await anonymous.post("/v1/sign-up", ACCOUNT)
        known = await anonymous.post("/v1/password-reset", {"email": ACCOUNT["email"]})
        unknown = await anonymous.post("/v1/password-reset", {"email": "bob@example.com"})

        assert (known.status, known.text) == (unknown.status, unknown.text)
        assert [email.to for email in strict.emails] == [ACCOUNT["email"]] * 2

    async def test_only_the_mailbox_owner_sets_the_password(self, strict):
        """
        Not another person who signed up with the address, before or after.
        """
        anonymous = strict.anonymous()
        eves = {**ACCOUNT, "email": "Ann@Example.com", "name": "Eve", "password": NEW_PASSWORD}
        await anonymous.post("/v1/sign-up", eves)
        await anonymous.post("/v1/sign-up", ACCOUNT)
        await anonymous.post("/v1/sign-up", eves)
        token = token_in(strict.emails[-1])
        assert (await anonymous.post("/v1/confirm", {"token": token})).status == 422
        opened = await anonymous.post("/v1/confirm", {"token": token, **DETAILS})

        assert (opened.status, opened.json["name"]) == (200, "Ann")
        assert (await anonymous.post("/v1/sign-in", SIGN_IN)).status == 200
        theirs = {**SIGN_IN, "password": NEW_PASSWORD}
        assert (await anonymous.post("/v1/sign-in", theirs)).status == 401

    async def test_email_links_lead_to_the_dashboard(self):
        """
        With the token in the fragment, which servers do not see.
        """
        settings = attrs.evolve(
            SETTINGS, confirm_addresses=True, dashboard_url="https://platform.example/"
        )
        async with backend(settings) as running:
            await running.anonymous().post("/v1/sign-up", ACCOUNT)

            assert "https://platform.example/confirm#cnf_" in running.emails[0].text


class TestThrottling:
    async def test_password_guesses_are_limited(self, strict):
        """
        Ten per account, then 429 with Retry-After.
        """
        anonymous = strict.anonymous()
        await anonymous.post("/v1/sign-up", ACCOUNT)
        await anonymous.post("/v1/confirm", {"token": token_in(strict.emails[0]), **DETAILS})
        wrong = {**SIGN_IN, "password": "wrong"}
        statuses = [(await anonymous.post("/v1/sign-in", wrong)).status for _ in range(10)]
        refused = await anonymous.post("/v1/sign-in", SIGN_IN)

        assert statuses == [401] * 10
        assert (refused.status, refused.json["type"]) == (429, "/docs#too-many-attempts")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        other = await anonymous.post("/v1/sign-in", {**wrong, "email": "bob@example.com"})
        assert other.status == 401

    async def test_signed_in_user_is_not_limited_by_others(self):
        """
        Password changes from the user's own network are counted separately.
        """
        settings = attrs.evolve(SETTINGS, attempts_factor=1, forwarded_by=1)
        async with backend(settings) as running:
            ann = await running.person()
            wrong = {"email": ann.email, "password": "wrong"}
            for _ in range(11):
                refused = await running.anonymous().post(
                    "/v1/sign-in", wrong, X_Forwarded_For="2001:db8::1"
                )
            assert refused.status == 429
            changes = [
                (await ann.post("/v1/me/password", {"old": "wrong", "new": NEW_PASSWORD})).status
                for _ in range(11)
            ]
            assert changes == [422] * 10 + [429]

            right = {"email": ann.email, "password": PASSWORD}
            theirs = await running.anonymous().post(
                "/v1/sign-in", right, X_Forwarded_For="2001:db8:0:1::1"
            )
            assert theirs.status == 200

    async def test_other_networks_do_not_use_up_email_limits(self):
        """
        Of the account's owner.
        """
        settings = attrs.evolve(SETTINGS, attempts_factor=1, forwarded_by=1)
        async with backend(settings) as running:
            ann = await running.person()
            asked = {"email": ann.email}
            for path in ("/v1/sign-up", "/v1/password-reset"):
                statuses = [
                    (
                        await running.anonymous().post(
                            path,
                            {**DETAILS, **asked} if path == "/v1/sign-up" else asked,
                            X_Forwarded_For="192.0.2.1",
                        )
                    ).status
                    for _ in range(6)
                ]
                assert statuses == [202] * 5 + [429]
            token = token_in(running.emails[-5])
            owners = await ann.post("/v1/password-reset", asked, X_Forwarded_For="192.0.2.2")
            assert owners.status == 202

            wanted = {"token": token, "password": NEW_PASSWORD}
            assert (await ann.post("/v1/password-reset/complete", wanted)).status == 204

    @pytest.mark.parametrize("password", ["password1234", "ann@example.com", "Ann Ann Ann Ann"])
    async def test_a_common_password_is_refused(self, running, password):
        """
        By the field's name, wherever a password is set.
        """
        ann = await running.person()
        refused = [
            await running.anonymous().post(
                "/v1/sign-up",
                {"email": "ann@example.com", "name": "Ann", "password": password},
            ),
            await ann.post("/v1/me/password", {"old": PASSWORD, "new": password}),
        ]
        await ann.post("/v1/password-reset", {"email": ann.email})
        token = token_in(running.emails[-1])
        refused.append(
            await ann.post("/v1/password-reset/complete", {"token": token, "password": password})
        )

        assert [answer.status for answer in refused] == [422] * 3
        for answer, field in zip(refused, ("password", "new", "password"), strict=True):
            (error,) = answer.json["errors"]
            assert error["field"] == field
            assert "12 characters or more" in error["message"]

    async def test_emails_to_an_address_are_limited(self, strict):
        """
        Five of a kind from one network, ten from anywhere.
        """
        anonymous = strict.anonymous()
        statuses = [(await anonymous.post("/v1/sign-up", ACCOUNT)).status for _ in range(6)]
        assert statuses == [202] * 5 + [429]

    @pytest.mark.parametrize(("forwarded_by", "statuses"), [(0, [429]), (1, [401])])
    async def test_client_address_comes_from_trusted_proxies(self, forwarded_by, statuses):
        """
        Not from a header that the client wrote.
        """
        settings = attrs.evolve(SETTINGS, attempts_factor=1, forwarded_by=forwarded_by)
        async with backend(settings) as running:
            anonymous = running.anonymous()
            for number in range(60):
                wrong = {**SIGN_IN, "email": f"user-{number}@example.com"}
                await anonymous.post("/v1/sign-in", wrong, X_Forwarded_For="1.1.1.1, 2.2.2.2")
            other = await anonymous.post("/v1/sign-in", SIGN_IN, X_Forwarded_For="1.1.1.1, 3.3.3.3")

            assert [other.status] == statuses


class TestSignIns:
    async def test_sign_ins_are_listed_and_ended(self, running):
        """
        The current one is marked; an ended one is refused.
        """
        ann = await running.person()
        phone = attrs.evolve(ann, token="")
        await running.sign_in(phone)
        listed = (await ann.get("/v1/me/sign-ins")).json["items"]
        assert [one["is_this_one"] for one in listed] == [True, False]
        assert all(one["address"] == "127.0.0.1" for one in listed)

        assert (await ann.call("DELETE", f"/v1/me/sign-ins/{listed[1]['id']}")).status == 204
        assert (await phone.get("/v1/me")).status == 401
        assert (await ann.get("/v1/me")).status == 200

    async def test_all_sign_ins_end(self, running):
        """
        On request, and with a password change.
        """
        ann = await running.person()
        phone = await running.sign_in(attrs.evolve(ann, token=""))
        assert (await ann.call("DELETE", "/v1/me/sign-ins")).status == 204
        assert [(await one.get("/v1/me")).status for one in (ann, phone)] == [401, 401]

        ann, phone = [await running.sign_in(attrs.evolve(ann, token="")) for _ in range(2)]
        changed = await ann.post("/v1/me/password", {"old": PASSWORD, "new": NEW_PASSWORD})
        assert changed.status == 204
        assert [(await one.get("/v1/me")).status for one in (ann, phone)] == [401, 401]
        wrong = await ann.post("/v1/sign-in", SIGN_IN)
        assert wrong.status == 401

    async def test_sign_out_ends_the_current_sign_in(self, running):
        ann = await running.person()
        assert (await ann.post("/v1/sign-out")).status == 204

        assert (await ann.get("/v1/me")).status == 401

    async def test_password_reset_by_email(self, running):
        """
        The token works once; every sign-in ends.
        """
        ann = await running.person()
        await ann.post("/v1/password-reset", {"email": ann.email})
        wanted = {"token": token_in(running.emails[-1]), "password": NEW_PASSWORD}
        assert (await running.anonymous().post("/v1/password-reset/complete", wanted)).status == 204

        assert (await ann.get("/v1/me")).status == 401
        again = await running.anonymous().post("/v1/password-reset/complete", wanted)
        assert (again.status, again.json["errors"][0]["field"]) == (422, "token")
        new = {"email": ann.email, "password": NEW_PASSWORD}
        assert (await running.anonymous().post("/v1/sign-in", new)).status == 200


class TestMembers:
    async def test_member_lifecycle_is_in_the_audit_log(self, running):
        """
        Invited, joined, promoted, removed; each with its actor.
        """
        ann, bob = await running.person("ann"), await running.person("bob")
        org = f"/v1/orgs/{ann.org}"
        invited = await ann.post(f"{org}/invitations", {"email": "Bob@Example.com"})
        assert (invited.status, invited.json["email"]) == (201, "bob@example.com")
        assert (await bob.get(org)).status == 404
        accepted = await bob.post("/v1/invitations/accept", {"token": token_in(running.emails[-1])})
        assert (accepted.status, accepted.json["role"]) == (200, "member")
        listed = (await bob.get(f"{org}/members")).json["items"]
        assert [(one["name"], one["role"]) for one in listed] == [
            ("ann", "owner"),
            ("bob", "member"),
        ]
        assert (await ann.get(f"{org}/invitations")).json["items"] == []

        member = f"{org}/members/{listed[1]['id']}"
        assert (await bob.change("PATCH", member, {"role": "admin"})).status == 403
        assert (await ann.change("PATCH", member, {"role": "admin"})).json["role"] == "admin"
        assert (await bob.post(f"{org}/leave")).status == 204
        assert (await bob.get(org)).status == 404
        log = (await ann.get(f"{org}/audit")).json["items"]
        assert [(entry["action"], entry["actor"]["name"]) for entry in log] == [
            ("member.left", "bob@example.com"),
            ("member.role_changed", "ann@example.com"),
            ("member.joined", "bob@example.com"),
            ("invitation.created", "ann@example.com"),
            ("org.created", "ann@example.com"),
        ]
        assert (log[1]["before"], log[1]["after"]) == ({"role": "member"}, {"role": "admin"})
        assert {entry["actor"]["address"] for entry in log} == {"127.0.0.1"}

    async def test_the_last_owner_stays(self, running):
        """
        Neither demoted nor removed, through any endpoint.
        """
        ann = await running.person()
        org = f"/v1/orgs/{ann.org}"
        (me,) = (await ann.get(f"{org}/members")).json["items"]
        member = f"{org}/members/{me['id']}"

        assert (await ann.post(f"{org}/leave")).status == 409
        assert (await ann.call("DELETE", member)).status == 409
        refused = await ann.change("PATCH", member, {"role": "member"})
        assert (refused.status, refused.json["type"]) == (409, "/docs#conflict")

    async def test_sign_up_by_invitation_confirms_the_address(self, running):
        """
        The user gets no org of their own.
        """
        ann = await running.person()
        await ann.post(
            f"/v1/orgs/{ann.org}/invitations", {"email": "bob@example.com", "role": "admin"}
        )
        account = {"email": "bob@example.com", "password": PASSWORD, "name": "Bob"}
        wanted = {**account, "invitation": token_in(running.emails[-1])}
        bob = running.anonymous()
        assert (await bob.post("/v1/sign-up", wanted)).status == 202
        bob.email = "bob@example.com"
        await running.sign_in(bob)

        assert [(org["id"], org["role"]) for org in (await bob.get("/v1/orgs")).json["items"]] == [
            (ann.org, "admin"),
        ]

    async def test_operator_is_made_by_command_only(self, running):
        """
        The change applies at once.
        """
        ann = await running.person()
        assert (await ann.get("/v1/operator/orgs")).status == 403
        users = running.services.people.users()
        known = await users.of_email(ann.email)
        await users.put(attrs.evolve(known, id=UserId(known.id), is_operator=True))

        assert [org["name"] for org in (await ann.get("/v1/operator/orgs")).json["items"]] == [
            "ann"
        ]
