"""Live streams over real sockets, row by row of the published protocol (section 5 and 2)."""

import asyncio
import json

from collections.abc import AsyncIterator

import attrs
import pytest

from tests.servers.gateway import MEMORY, PATHS, Gateway
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from aldea_core.domain.access.limits import Limits, OrgStatus


QUERY = "encoding=linear16&sample_rate=16000"
SECOND = bytes(range(256)) * 125


@pytest.fixture
async def served(handler) -> AsyncIterator[Gateway]:
    async with handler(limits=Limits(requests_per_minute=None)) as running:
        yield running


def open_stream(served: Gateway, query: str = QUERY, **more):
    path = more.pop("path", "/v1/listen")
    more.setdefault("additional_headers", served.auth)
    return connect(f"{served.websocket}{path}?{query}", **more)


async def frames_of(socket) -> list[dict]:
    """All frames until the server closes."""
    return [json.loads(message) async for message in socket]


async def refused(served: Gateway, **more) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refusal:
        async with open_stream(served, **more):
            pass
    return refusal.value


class TestResults:
    async def test_finals_tile_the_audio_and_metadata_ends_the_stream(self, served):
        """
        Interims, finals that tile the audio, Metadata after CloseStream, and 1000.
        """
        async with open_stream(served) as socket:
            for n in range(5):
                await socket.send(SECOND[n:] + SECOND[:n])
            await socket.send('{"type":"CloseStream"}')
            frames = await frames_of(socket)

        finals = [frame for frame in frames if frame["type"] == "Results" and frame["is_final"]]
        interims = [
            frame for frame in frames if frame["type"] == "Results" and not frame["is_final"]
        ]
        assert [(f["start"], f["duration"]) for f in finals] == [(0.0, 2.0), (2.0, 2.0), (4.0, 1.0)]
        assert interims
        assert all(f["text"] == f["channel"]["alternatives"][0]["transcript"] for f in finals)
        assert frames[-1]["type"] == "Metadata"
        assert frames[-1]["duration"] == 5.0
        assert socket.close_code == 1000

    async def test_ignored_parameters_are_in_the_warnings(self, handler, served):
        """
        Known ones and unknown ones; an engine of another vendor answers for itself.
        """
        is_ours = handler is not PATHS["frame by frame to another's"]
        query = f"{QUERY}&keyterm=a&dictation=true&diarize=true&filler_words=false&made_up=1"
        async with open_stream(served, query) as socket:
            await socket.send(SECOND)
            await socket.send('{"type":"CloseStream"}')
            frames = await frames_of(socket)

        warnings = frames[-1].get("warnings", [])
        warned = sorted(warning["message"].partition(" ")[0] for warning in warnings)
        assert warned == (["diarize", "dictation", "keyterm", "made_up"] if is_ours else [])

    async def test_handshake_says_what_the_limits_leave(self, served):
        async with open_stream(served) as socket:
            headers = socket.response.headers

        assert headers["RateLimit-Policy"].startswith('"concurrent_live";q=')
        assert headers["RateLimit"].startswith('"concurrent_live";r=')
        left = int(headers["X-RateLimit-Limit"]) - int(headers["X-RateLimit-Remaining"])
        assert (left, headers["X-RateLimit-Reset"]) == (1, "0")

    async def test_every_message_has_the_request_id(self, served):
        """
        As in the handshake's response: Results and Metadata.
        """
        async with open_stream(served) as socket:
            request_id = socket.response.headers["dg-request-id"]
            await socket.send(SECOND * 2)
            await socket.send(b"")
            frames = await frames_of(socket)

        assert {request_id} == {
            frame.get("request_id") or frame["metadata"]["request_id"] for frame in frames
        }

    async def test_interim_results_can_be_off(self, served):
        """
        interim_results=false leaves finals only.
        """
        async with open_stream(served, QUERY + "&interim_results=false") as socket:
            await socket.send(SECOND * 4)
            await socket.send(b"")
            frames = await frames_of(socket)

        assert all(frame["is_final"] for frame in frames if frame["type"] == "Results")

    async def test_an_empty_binary_frame_is_close_stream(self, served):
        """
        Some clients end so.
        """
        async with open_stream(served) as socket:
            await socket.send(b"")
            frames = await frames_of(socket)

        assert [frame["type"] for frame in frames] == ["Metadata"]
        assert socket.close_code == 1000

    async def test_finalize_is_always_answered(self, served):
        """
        Also without audio that is not final.
        """
        async with open_stream(served) as socket:
            await socket.send('{"type":"Finalize"}')
            frame = json.loads(await socket.recv())

        assert frame["type"] == "Results"
        assert frame["is_final"]
        assert frame["from_finalize"]

    async def test_keep_alive_is_not_answered(self, served):
        """
        It changes no result either.
        """
        async with open_stream(served) as socket:
            await socket.send('{"type": "KeepAlive"}')
            await socket.send('{"type":"Finalize"}')

            assert json.loads(await socket.recv())["from_finalize"]

    @pytest.mark.parametrize("text", ["nonsense", "{}", '{"type":"Dance"}', "[1]"])
    async def test_invalid_text_gets_schema_error_and_goes_on(self, served, text):
        """
        The stream goes on after a SchemaError.
        """
        async with open_stream(served) as socket:
            await socket.send(text)
            error = json.loads(await socket.recv())
            await socket.send(b"")
            frames = await frames_of(socket)

        assert (error["type"], error["variant"]) == ("Error", "SchemaError")
        assert error["description"]
        assert error["message"]
        assert frames[-1]["type"] == "Metadata"

    async def test_configure_changes_allowed_options_only(self, served):
        async with open_stream(served) as socket:
            await socket.send('{"type":"Configure","interim_results":false}')
            done = json.loads(await socket.recv())
            await socket.send('{"type":"Configure","sample_rate":8000}')
            failed = json.loads(await socket.recv())

        assert (done["type"], failed["type"]) == ("ConfigureSuccess", "ConfigureFailure")

    @pytest.mark.parametrize("path", ["/listen", "/v1/listen/pcm"])
    async def test_every_path_alias_works(self, served, path):
        """
        `/v1/listen/pcm` without an encoding too.
        """
        async with open_stream(served, "", path=path) as socket:
            await socket.send(SECOND)
            await socket.send(b"")
            frames = await frames_of(socket)

        assert frames[-1]["duration"] == 1.0


class TestAuthentication:
    @pytest.mark.parametrize("scheme", ["Token", "token", "Bearer", "bearer", "BEARER"])
    async def test_authorization_is_token_or_bearer_in_any_case(self, served, scheme):
        """
        Both, in any case.
        """
        headers = {"Authorization": f"{scheme} {served.key}"}
        async with open_stream(served, additional_headers=headers) as socket:
            await socket.send(b"")

    @pytest.mark.parametrize("scheme", ["token", "bearer"])
    async def test_key_as_subprotocol(self, served, scheme):
        """
        As browsers send it; exactly the scheme is echoed.
        """
        offered = [scheme, served.key]
        async with open_stream(served, additional_headers={}, subprotocols=offered) as socket:
            assert socket.subprotocol == scheme
            assert served.key not in str(socket.response.headers)

    async def test_subprotocol_with_a_session_id(self, served):
        """
        Browsers may add Deepgram's session id.
        """
        offered = ["token", served.key, "x-deepgram-session-id", "4d1b2c3a"]
        async with open_stream(served, additional_headers={}, subprotocols=offered) as socket:
            assert socket.subprotocol == "token"

    @pytest.mark.parametrize(
        "headers",
        [{}, {"Authorization": "Token org_nonsense"}, {"Authorization": "Basic YTpi"}],
    )
    async def test_invalid_key_is_401_before_the_upgrade(self, served, headers):
        """
        With the reason in a header.
        """
        answer = (await refused(served, additional_headers=headers)).response

        assert answer.status_code == 401
        assert answer.headers["dg-error"] == "Invalid credentials."
        assert answer.headers["dg-request-id"]
        assert json.loads(answer.body)["err_code"] == "INVALID_AUTH"

    async def test_key_without_the_scope_is_403(self, served):
        key = await served.new_key(scopes="usage:read")
        headers = {"Authorization": f"Token {key}"}

        assert (await refused(served, additional_headers=headers)).response.status_code == 403

    async def test_suspended_org_is_403(self, served):
        await served.services.stores.accounts().set_status(served.org.id, OrgStatus.SUSPENDED)
        await served.sync()
        answer = (await refused(served)).response

        assert answer.status_code == 403
        assert "suspended" in answer.headers["dg-error"]

    async def test_used_up_quota_is_402(self, served):
        key = await served.new_key(limits=Limits(quota_ms=0))
        headers = {"Authorization": f"Token {key}"}
        answer = (await refused(served, additional_headers=headers)).response

        assert answer.status_code == 402
        assert "quota" in answer.headers["dg-error"]

    async def test_invalid_parameter_is_400_by_name(self, served):
        answer = (await refused(served, query="sample_rate=fast")).response

        assert answer.status_code == 400
        assert "sample_rate" in answer.headers["dg-error"]


class TestLimits:
    async def test_stream_over_the_limit_is_429(self, served):
        """
        With the limit, its value and the count; a place is freed when a stream ends, well or
        badly.
        """
        streams = [await open_stream(served) for _ in range(10)]
        answer = (await refused(served)).response
        assert answer.status_code == 429
        assert "limit is 10, 10 are open" in answer.headers["dg-error"]
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers["X-RateLimit-Limit"] == "10"
        assert answer.headers["X-RateLimit-Remaining"] == "0"

        streams[0].transport.abort()
        await streams[1].close()
        while await served.open_sessions() > 8:
            await asyncio.sleep(0.01)
        async with open_stream(served), open_stream(served):
            assert (await refused(served)).response.status_code == 429
        for stream in streams[2:]:
            await stream.close()

    async def test_no_free_engine_is_503_with_retry_after(self, handler):
        async with handler(attrs.evolve(MEMORY, bundled_capacity=1)) as served, open_stream(served):
            answer = (await refused(served)).response

        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1

    async def test_refused_handshake_frees_its_place(self, handler):
        async with handler(attrs.evolve(MEMORY, bundled_capacity=0)) as served:
            for _ in range(12):
                assert (await refused(served)).response.status_code == 503

            assert await served.open_sessions() == 0


class TestEndings:
    async def test_undecodable_audio_is_1008(self, served):
        """
        DATA-0000.
        """
        async with open_stream(served) as socket:
            await socket.send(b"noise")
            with pytest.raises(ConnectionClosed):
                await socket.recv()

        assert socket.close_code == 1008
        assert socket.close_reason.startswith("DATA-0000")

    async def test_idle_client_is_1011(self, handler):
        """
        NET-0001; KeepAlive prevents it.
        """
        settings = attrs.evolve(MEMORY, idle_seconds=0.3)
        async with handler(settings) as served, open_stream(served) as socket:
            for _ in range(8):
                await asyncio.sleep(0.1)
                await socket.send('{"type":"KeepAlive"}')
            assert socket.close_code is None
            with pytest.raises(ConnectionClosed):
                await socket.recv()

        assert socket.close_code == 1011
        assert socket.close_reason.startswith("NET-0001")

    async def test_keepalive_alone_does_not_hold_a_stream(self, handler):
        settings = attrs.evolve(MEMORY, first_audio_seconds=0.3)
        async with handler(settings) as served, open_stream(served) as socket:
            with pytest.raises(ConnectionClosed):
                for _ in range(50):
                    await socket.send('{"type":"KeepAlive"}')
                    await asyncio.sleep(0.1)

        assert socket.close_code == 1011
        assert socket.close_reason.startswith("NET-0001")

    async def test_longest_session_is_4008(self, handler):
        limits = Limits(max_live_seconds=1)
        async with handler(limits=limits) as served, open_stream(served) as socket:
            await socket.send(SECOND)
            await frames_until_closed(socket)

        assert socket.close_code == 4008

    @pytest.mark.parametrize(
        ("work", "code"), [("revoke", 4001), ("suspend", 4003), ("kill", 4004)]
    )
    async def test_revocation_suspension_and_kill_end_a_stream(self, served, work, code):
        """
        Each with its close code.
        """
        services = served.services
        async with open_stream(served) as socket:
            await socket.send(SECOND)
            await socket.recv()  # audio without any result is not billed
            match work:
                case "revoke":
                    (key,) = await services.stores.accounts().keys(served.org.id)
                    await services.identity.revoke_key()(served.org.id, key.id)
                case "suspend":
                    await services.stores.accounts().set_status(served.org.id, OrgStatus.SUSPENDED)
                case _:
                    (lease,) = await services.stores.leases().open(
                        served.org.id,
                        at=services.stores.clock().now(),
                    )
                    assert await services.stores.leases().kill(served.org.id, lease.session)
            await served.sync()
            async with asyncio.timeout(60):
                await frames_until_closed(socket)

        assert socket.close_code == code
        (record,) = await served.usage()
        assert (record.audio_ms, record.status, record.final) == (1000, code, True)

    async def test_quota_used_up_during_a_stream_is_4002(self, handler):
        async with handler(limits=Limits(quota_ms=1500)) as served, open_stream(served) as socket:
            await socket.send(SECOND * 2)
            async with asyncio.timeout(60):
                await frames_until_closed(socket)

        assert socket.close_code == 4002

    async def test_drain_is_1012_and_503(self, served):
        """
        1012 for open streams, 503 for new ones.
        """
        async with open_stream(served) as socket:
            drain = asyncio.create_task(
                served.services.gateway.running().drain(seconds=0.5, spread=0)
            )
            await asyncio.sleep(0.05)
            answer = (await refused(served)).response
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            await drain

        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        assert socket.close_code == 1012

    async def test_too_large_frame_is_1009(self, served):
        async with open_stream(served) as socket:
            with pytest.raises(ConnectionClosed):
                await socket.send(bytes(3 * 2**20))
                await socket.recv()

        assert socket.close_code == 1009


async def frames_until_closed(socket) -> None:
    with pytest.raises(ConnectionClosed):
        while True:
            await socket.recv()


class TestUsage:
    async def test_usage_is_the_audio_sent(self, served):
        """
        By its bytes, whichever side ends the stream.
        """
        async with open_stream(served) as socket:
            await socket.send(SECOND + SECOND[:16000])
            await socket.recv()
        while not await served.usage():
            await asyncio.sleep(0.01)

        (record,) = await served.usage()
        assert (record.audio_ms, record.status, record.final) == (1500, 1000, True)

    async def test_vanished_clients_audio_is_billed(self, served):
        """
        Its place is free.
        """
        socket = await open_stream(served)
        await socket.send(SECOND)
        await socket.recv()
        socket.transport.abort()
        while not await served.usage():
            await asyncio.sleep(0.01)

        (record,) = await served.usage()
        assert (record.audio_ms, record.status) == (1000, 1006)
        assert await served.open_sessions() == 0


class TestFailover:
    @pytest.mark.parametrize("after", [1, 3, 4])
    async def test_lost_engine_is_invisible_to_the_client(self, served, after):
        """
        The finals equal those of an undisturbed stream.
        """
        engine = served.engine.live_engine()
        texts = []
        for disturbed in (False, True):
            async with open_stream(served) as socket:
                for n in range(6):
                    await socket.send(SECOND[n:] + SECOND[:n])
                    if disturbed and n == after:
                        await asyncio.sleep(0.05)
                        engine.streams[0].lose()
                await socket.send(b"")
                frames = await frames_of(socket)
            assert socket.close_code == 1000
            texts.append(
                [
                    (frame["start"], frame["duration"], frame["text"])
                    for frame in frames
                    if frame["type"] == "Results" and frame["is_final"]
                ],
            )

        assert texts[0] == texts[1]


async def test_compression_is_declined(served):
    """
    Clients offer permessage-deflate by default; it would cost more than it saves.
    """
    async with open_stream(served, compression="deflate") as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_pings_are_answered(served):
    """
    With their own data.
    """
    async with open_stream(served) as socket:
        await asyncio.wait_for(await socket.ping(b"data"), 60)


async def test_grant_token_opens_a_stream(served):
    """
    A browser's token is enough for the handshake.
    """
    import aiohttp

    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{served.url}/v1/auth/grant", headers=served.auth) as response,
    ):
        grant = await response.json()
    headers = {"Authorization": f"Bearer {grant['access_token']}"}
    async with open_stream(served, additional_headers=headers) as socket:
        await socket.send(b"")
        await frames_of(socket)

    assert grant["expires_in"] == 30
    assert socket.close_code == 1000
