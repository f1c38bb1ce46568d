"""Statuses in the ledger, as both APIs show them."""

import pytest

from tests.contract.values import record

from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.ids import OrgId


FILES = (200, 400, 401, 402, 403, 408, 409, 413, 415, 422, 429, 499, 500, 503, 504)
STREAMS = (1000, 1002, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4001, 4002, 4003, 4004, 4008)


@pytest.fixture
async def deepgram(running, ann):
    """What a project answers to its SDK."""
    scopes = frozenset({"usage:read"})
    _, secret = await running.services.identity.create_key()(
        OrgId(ann.org), KeyDraft("key", scopes=scopes)
    )

    async def ask(path: str):
        answer = await ann.get(
            f"/v1/projects/{ann.org}{path}", Authorization=f"Token {secret.reveal()}"
        )
        return answer.json

    return ask


@pytest.fixture
async def ann(running):
    """Her org has a request of every ending; of the files only the one with 200 has audio."""
    ann = await running.person()
    now = running.services.stores.clock().now()
    kinds = dict.fromkeys(FILES, SessionKind.FILE) | dict.fromkeys(STREAMS, SessionKind.LIVE)
    records = [
        record(
            str(status), org=OrgId(ann.org), kind=kind, status=status, started=now, ended=now,
            audio_ms=1000 if kind is SessionKind.LIVE or status == 200 else 0,
        )
        for status, kind in kinds.items()
    ]  # fmt: skip
    await running.services.stores.ledger().record(records)
    return ann


async def test_every_request_has_its_status(ann, deepgram):
    """
    Deepgram's API has codes of HTTP alone: a stream that ended well has 200 there.
    """
    ours = (await ann.get(f"/v1/orgs/{ann.org}/requests?limit=100")).json["items"]
    theirs = (await deepgram("/requests?limit=100"))["requests"]

    assert sorted(one["status"] for one in ours) == sorted(FILES + STREAMS)
    assert all(str(one["status"]) == one["id"] for one in ours)
    assert {one["request_id"]: one["code"] for one in theirs} == {
        one["id"]: 200 if one["status"] == 1000 else one["status"] for one in ours
    }


@pytest.mark.parametrize("status", [402, 408, 499, 1006, 4002])
async def test_requests_of_one_status(ann, status):
    path = f"/v1/orgs/{ann.org}/requests?status={status}"

    assert [one["id"] for one in (await ann.get(path)).json["items"]] == [str(status)]


async def test_usage_by_status(ann):
    groups = (await ann.get(f"/v1/orgs/{ann.org}/usage/groups?by=status")).json["items"]
    by_status = {int(group["name"]): group["totals"] for group in groups}

    assert set(by_status) == {*FILES, *STREAMS}
    assert {status for status, totals in by_status.items() if totals["failed"]} == {
        status for status in FILES if status != 200
    }


@pytest.mark.parametrize(("asked", "failed"), [("succeeded", False), ("failed", True)])
async def test_both_apis_agree_on_failed_requests(ann, deepgram, asked, failed):
    """
    Failed means that no audio is billed.
    """
    ours = (
        await ann.get(f"/v1/orgs/{ann.org}/requests?limit=100&failed={str(failed).lower()}")
    ).json
    theirs = await deepgram(f"/requests?limit=100&status={asked}")

    assert {one["id"] for one in ours["items"]} == {one["request_id"] for one in theirs["requests"]}
    assert ("499" in {one["id"] for one in ours["items"]}) is failed
