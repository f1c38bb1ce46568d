"""Usage on the dashboard: added up, request by request, as CSV, and what is wrong in words."""

from datetime import timedelta

import pytest

from tests.contract.values import record

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId, OrgId


@pytest.fixture
async def ann(site):
    """A person whose org streamed twice, and sent a file that was refused."""
    ann = await site.person()
    services = site.backend.services
    now = services.stores.clock().now() - timedelta(seconds=30)

    def used(session, **more):
        values = {"started": now, "ended": now, "reason": "", "status": 1000, "channels": 1}
        return record(session, org=OrgId(ann.org), **{**values, **more})

    await services.stores.ledger().record(
        [
            used("aaaa-1", audio_ms=120_000, model="general", tags=("prod",)),
            used("aaaa-2", audio_ms=60_000, model="small", tags=("staging",), reason="idle"),
            used("bbbb-3", audio_ms=0, kind=SessionKind.FILE, status=400, tags=()),
        ]
    )
    return ann


async def test_table_of_the_split_adds_up(ann):
    page = await ann.get(ann.at("/usage?by=model"))

    assert page.status == 200
    rows = page.text.split('class="usage-split"')[1].split("</table>")[0]
    assert [part for part in ("general", "small") if part in rows] == ["general", "small"]
    assert '<td class="num">3</td>' in rows.split("<tfoot>")[1]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"aaaa-1", "aaaa-2", "bbbb-3"}),
        ("?kind=live", {"aaaa-1", "aaaa-2"}),
        ("?model=small", {"aaaa-2"}),
        ("?tag=prod", {"aaaa-1"}),
        ("?result=failed", {"bbbb-3"}),
        ("?result=billed&days=7", {"aaaa-1", "aaaa-2"}),
        ("?id=bbbb", {"bbbb-3"}),
        ("?tag=none-such", set()),
    ],
)
async def test_filters_of_the_address_choose_requests(ann, query, shown):
    page = await ann.get(ann.at("/usage" + query))

    found = {one for one in ("aaaa-1", "aaaa-2", "bbbb-3") if f"/usage/{one}" in page.text}
    assert page.status == 200
    assert found == shown


@pytest.mark.parametrize("by", ["key", "kind", "model", "tag", "status"])
@pytest.mark.parametrize("measure", ["minutes", "money", "requests"])
async def test_every_split_has_every_measure(ann, by, measure):
    for step in ("day", "hour"):
        page = await ann.get(ann.at(f"/usage?by={by}&measure={measure}&step={step}&days=7"))
        assert page.status == 200


async def test_filters_that_match_nothing_can_be_removed_one_by_one(ann):
    page = await ann.get(ann.at("/usage?tag=none-such&kind=live"))

    assert "Nothing matches" in page.text
    assert "Without tag" in page.text
    assert 'href="?tag=none-such"' in page.text


@pytest.mark.parametrize(("query", "is_by_hour"), [("days=7", True), ("days=30", False)])
async def test_hours_of_more_than_a_week_are_shown_as_days(ann, query, is_by_hour):
    page = await ann.get(ann.at(f"/usage?{query}&step=hour"))

    assert page.status == 200
    assert ("Hours are shown for 7 days at most." in page.text) != is_by_hour
    assert ('<option value="hour" selected>' in page.text) == is_by_hour
    assert "/usage/aaaa-1" in page.text


async def test_span_that_is_too_long_is_explained(ann):
    page = await ann.get(ann.at("/usage?since=2006-01-01&until=2026-11-01"))

    assert page.status == 200
    assert "at most" in page.text
    assert "Show 30 days" in page.text


async def test_absurd_values_are_left_out(ann):
    page = await ann.get(ann.at("/usage?days=x&since=32&by=%3Cscript%3E&step=year&kind=9"))

    assert page.status == 200
    assert "/usage/aaaa-1" in page.text
    assert "<script>" not in page.text.replace('<script type="module"', "")


async def test_csv_has_what_the_filters_leave(ann):
    page = await ann.get(ann.at("/usage.csv?kind=live"))

    assert page.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in page.headers["Content-Disposition"]
    assert "aaaa-1" in page.text
    assert "bbbb-3" not in page.text


async def test_request_says_why_it_ended(ann):
    page = await ann.get(ann.at("/usage/aaaa-2"))

    assert page.status == 200
    assert "idle" in page.text
    assert "318 ms" in page.text
    assert "diarize" in page.text


async def test_request_of_another_org_does_not_exist(ann, site):
    eve = await site.person("eve")

    assert (await eve.get(eve.at("/usage/aaaa-2"))).status == 404
    assert (await ann.get(ann.at("/usage/none"))).status == 404


@pytest.mark.parametrize(
    ("delivered", "said"),
    [(True, "Delivered"), (False, "Not delivered"), (None, "Under way")],
)
async def test_request_says_how_often_its_callback_was_tried(site, delivered, said):
    ann = await site.person()
    services = site.backend.services
    now = services.stores.clock().now() - timedelta(seconds=30)
    common = {"org": OrgId(ann.org), "started": now, "ended": now, "reason": "", "channels": 1}
    sent = record(
        "cccc-4",
        kind=SessionKind.FILE,
        status=200,
        callbacks=3,
        callback_delivered=delivered,
        **common,
    )
    await services.stores.ledger().record([sent])

    page = await ann.get(ann.at("/usage/cccc-4"))

    assert f"<span>{said}</span>" in page.text
    assert "after 3 attempts" in page.text


async def test_what_limits_refused_is_said_beside_the_requests(site, ann):
    """
    Of the key that is filtered for, and on a key's own page, which says that a revoked one is refused.
    """
    await ann.send(ann.at("/keys/new"), name="Kiosk", may="transcribe")
    identity = site.backend.services.identity
    (key,) = await site.backend.services.stores.accounts().keys(OrgId(ann.org))
    today = site.backend.services.stores.clock().now().date()
    await site.backend.services.billing.refusals().record(
        [
            Refusals(OrgId(ann.org), key.id, today, "spending_cap", 20),
            Refusals(OrgId(ann.org), KeyId("other"), today, "concurrent_live", 3),
        ]
    )

    everything = await ann.get(ann.at("/usage"))
    of_key = await ann.get(ann.at(f"/usage?key={key.id}"))
    await identity.revoke_key()(OrgId(ann.org), key.id)
    own = await ann.get(ann.at(f"/keys/{key.id}"))

    assert "20 by spending cap, 3 by concurrent live streams" in everything.text
    assert "refused 20 more" in of_key.text
    assert "concurrent live streams" not in of_key.text
    assert "<dd>20 by spending cap</dd>" in own.text
    assert "refused with 401" in own.text
