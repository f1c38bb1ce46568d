"""
What two versions of Aldea that run at once write and read: readers ignore what they do not know.

The readers of before are copies that stay as they are.
"""

import base64
import json

from datetime import timedelta
from types import SimpleNamespace

import attrs
import jwt
import msgspec
import pytest

from aiohttp import web
from tests.contract.values import NOW, after, known_key, lease, record

from adapters.jwt.grants import JwtGrants
from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from adapters.postgres import billing_rows
from adapters.postgres import rows as sql_rows
from adapters.redis.rows import key_of, key_text
from adapters.redis.usage_rows import lease_of, lease_text, usage_of, usage_text
from aldea_core.domain.access.grants import Grant
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.billing.profiles import BillingProfile
from aldea_core.protocol.org_message import org_message, org_of_message
from entrypoints.backend.pipeline.rendering import Rendered
from entrypoints.frontend.session import Session, Sessions


LIMITED = known_key(
    scopes=frozenset({"admin"}), tags=("one",), models=("m",), limits=KeyLimits(quota_ms=60_000)
)


def lease_read_before(text: str) -> tuple:
    """As versions without a language and a model of leases read one: nine values, no more."""
    session, key_hash, org, key, kind, task, started, expires, audio_ms = json.loads(text)
    return session, key_hash, org, key_read_before(key), kind, task, started, expires, audio_ms


def key_read_before(text: str) -> tuple:
    key_id, scopes, expires, *more = json.loads(text)
    tags, models, limits = (*more, None, None, None)[:3]
    return key_id, scopes, expires, tags, models, limits


@pytest.mark.parametrize("key", [known_key(), LIMITED])
def test_older_versions_read_leases_with_a_language_a_model_and_tags(key):
    """
    As if the lease had none.
    """
    held = attrs.evolve(lease("s", audio_ms=7), key=key)
    known = held.counted(7, "es", 'a "model"', ("own",))

    assert "es" in lease_text(known)
    assert "own" in lease_text(known)
    assert lease_read_before(lease_text(known)) == lease_read_before(lease_text(held))
    assert lease_of(lease_text(known)) == known


def test_leases_of_older_versions_are_read():
    """
    They have no facts beside the key.
    """
    text = json.dumps(
        ["s1", known_key().hash, known_key().org, '["key-a",["member"],null]', "live", "task-1"]
        + [round(at.timestamp()) * 1_000_000 for at in (NOW, after(30))]
        + [7]
    )

    assert lease_of(text) == lease(audio_ms=7)


def test_unknown_facts_of_a_lease_are_ignored():
    """
    Beside the key, and before the audio, which scripts correct at the row's end.
    """
    held = lease(audio_ms=7).counted(7, "es", "m")
    values = json.loads(lease_text(held))
    key = json.loads(values[3])
    key[-1]["mood"] = "new"
    values[3:4] = [json.dumps([*key, "new"])]
    values[-1:] = ["new", 7]

    assert lease_of(json.dumps(values)) == held


def test_unknown_limits_of_a_key_are_ignored():
    """
    In Redis and in PostgreSQL.
    """
    key = json.loads(key_text(LIMITED))
    key[-1]["per_fortnight"] = 3
    assert key_of(LIMITED.hash, LIMITED.org, json.dumps(key)) == LIMITED

    row = {
        "id": "k", "org": "o", "name": "n", "hash": "h", "hint": "x", "created": NOW,
        "scopes": [], "tags": [], "expires": None, "revoked": None, "last_used": None,
        "models": None, "limits": {"quota_ms": 5, "per_fortnight": 3}, "for_tokens": False,
    }  # fmt: skip
    assert sql_rows.key_of(**row).limits == KeyLimits(quota_ms=5)


def test_unknown_limits_of_a_plan_are_ignored():
    assert sql_rows.plan_limits_of({"quota_ms": 5, "per_fortnight": 3}) == Limits(quota_ms=5)


def test_unknown_lines_of_a_billing_profile_are_ignored():
    found = billing_rows.customer_of({"legal_name": "Acme", "address": ["1 Way"], "mood": "new"})

    assert found == BillingProfile("Acme", address=("1 Way",))


def test_unknown_facts_of_usage_are_ignored():
    values = {**json.loads(usage_text(record())), "mood": "new"}

    assert usage_of(json.dumps(values)) == record()


def test_unknown_facts_of_a_queue_message_are_ignored():
    message = {**json.loads(org_message("acme")), "mood": "new"}

    assert org_of_message(json.dumps(message)) == "acme"


def test_unknown_facts_of_a_token_are_ignored():
    """
    Of one that a newer gateway issued.
    """
    grants = JwtGrants(b"0" * 32, SeededRandomness())
    grant = Grant(known_key().hash, "id", "https://app.example.com", 61_000, ("a",))
    token = grants.issue(grant, at=NOW, ttl=timedelta(seconds=30))
    claims = jwt.decode(token, options={"verify_signature": False})
    sealed = base64.urlsafe_b64decode(claims["sub"])
    values = json.loads(grants._cipher.decrypt(sealed[:12], sealed[12:], None))
    text = json.dumps([*values, "more"]).encode()
    claims["sub"] = base64.urlsafe_b64encode(
        sealed[:12] + grants._cipher.encrypt(sealed[:12], text, None)
    ).decode()
    newer = jwt.encode({**claims, "mood": "new"}, b"0" * 32, "HS256")

    assert grants.redeem(newer, at=NOW) == grant


def test_unknown_facts_of_a_browsers_session_are_ignored():
    """
    A person who is signed in stays so.
    """

    @attrs.frozen
    class NewerSession(Session):
        mood: str = "new"

    sessions = Sessions("0" * 32, ManualClock(NOW), SeededRandomness(), is_secure=True)
    response = web.Response()
    sessions.write(response, NewerSession("n", token="t"))
    cookies = {name: cookie.value for name, cookie in response.cookies.items()}

    assert sessions.read(SimpleNamespace(cookies=cookies)) == Session("n", token="t")


def test_unknown_facts_of_a_kept_answer_are_ignored():
    """
    To a request that is repeated.
    """
    answer = Rendered(201, b"{}", {"ETag": '"x"'})
    values = {**json.loads(msgspec.json.encode(answer)), "mood": "new"}

    assert msgspec.json.decode(json.dumps(values), type=Rendered) == answer
