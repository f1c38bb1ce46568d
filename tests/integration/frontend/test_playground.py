"""The playground: its page and its token without a browser, then speech in a real one."""

import json
import re

from itertools import pairwise
from pathlib import Path

import pytest

from aldea_core.domain.access.limits import LimitName, Refused
from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.transcripts.scripts import text_of
from aldea_core.protocol.deepgram import errors
from aldea_core.protocol.deepgram.close_codes import CLOSES


SAMPLES = Path(__file__).parents[3] / "samples"


async def test_page_may_use_the_microphone_and_reach_the_api_only(site):
    ann = await site.person()

    page = await ann.get(ann.at("/playground"))
    other = await ann.get(ann.at("/"))

    assert page.status == 200
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert "microphone=()" in other.headers["Permissions-Policy"]
    assert "Neither sound nor text is kept" in page.text


async def test_form_and_code_are_as_the_address_says(site):
    ann = await site.person()

    page = await ann.get(ann.at("/playground?language=es&tag=demo&punctuate=false&keyterms=Getxo"))

    assert '<option value="es" selected>' in page.text
    assert "language=es&amp;keyterm=Getxo&amp;smart_format=true&amp;tag=demo" in page.text


async def test_script_in_the_address_is_text(site):
    ann = await site.person()

    page = await ann.get(ann.at("/playground?model=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"))

    assert "<script>alert" not in page.text


async def test_owner_is_given_a_token_that_only_listens_and_ends(site):
    ann = await site.person()

    made = await ann.send(ann.at("/playground/token"), page=ann.at("/playground"))

    assert made.status == 200
    assert json.loads(made.text)["token"]
    assert made.headers["Cache-Control"] == "no-store"


async def test_token_needs_the_form_token(site):
    ann = await site.person()

    assert (await ann.post(ann.at("/playground/token"))).status == 403


async def test_every_problem_of_the_module_has_its_sentence(site):
    """
    The module names problems; the page has the sentences.
    """
    ann = await site.person()
    assets = Path("src/entrypoints/frontend/assets")
    scripts = "".join(
        (SAMPLES.parent / assets / name).read_text() for name in ("playground.js", "listening.js")
    )
    named = set(re.findall(r'Problem\(\s*"([a-z-]+)"', scripts))
    either = "no-microphone|denied|cap|key-quota|suspended|ended|lost|no-right"
    named |= set(re.findall(rf'[?:] "({either})"', scripts))

    page = await ann.get(ann.at("/playground"))

    assert len(named) > 8
    assert named <= set(re.findall(r'data-problem="([a-z-]+)"', page.text))


@pytest.fixture
def playground(owner):
    """The playground's page in a browser that may use the microphone."""
    page = owner
    page.context.grant_permissions(["microphone"])
    page.get_by_role("link", name="Playground", exact=True).click()
    page.get_by_role("heading", name="Playground").wait_for()
    return page


def test_words_of_quick_speech_are_not_written_over_one_another(playground):
    """
    Three a second, and they stay in their rows as time goes on.
    """
    module = playground.locator("script[src$='playground.js']").get_attribute("src")
    rows = playground.evaluate(
        """async ([module]) => {
            const { draw } = await import(module);
            const place = document.getElementById("picture").firstElementChild;
            place.parentElement.hidden = false;
            const texts = "She opened a window and looked out at the garden.".split(" ");
            const words = texts.map((text, n) => {
                return { text, start: n / 3, end: (n + 1) / 3, confidence: 1, isFinal: true };
            });
            return [3.5, 4.5, 7.9].map((now) => {
                draw(place, { bars: [], step: 0.1, words, now, isOpen: true });
                return [...place.querySelectorAll("text.w")].map((text) => {
                    const { left, right } = text.getBoundingClientRect();
                    return { text: text.textContent, row: text.getAttribute("y"), left, right };
                });
            });
        }""",
        [module.replace("playground.js", "picture.js")],
    )

    first, later, last = ({one["text"]: one for one in drawn} for drawn in rows)
    assert {"She", "window", "garden."} <= set(first)
    for row in {one["row"] for one in first.values()}:
        placed = [one for one in first.values() if one["row"] == row]
        assert all(one["right"] < following["left"] for one, following in pairwise(placed))
    for drawn in (later, last):
        assert all(one["row"] == first[text]["row"] for text, one in drawn.items())
    assert "She" not in last


def test_stream_that_the_gateway_ends_is_not_called_lost(playground):
    """
    And the quota of the key that counts people's requests is not called the org's.
    """
    module = playground.locator("script[src$='playground.js']").get_attribute("src")
    names = playground.evaluate(
        """async ([module, closes]) => {
            const { problemOfClose } = await import(module);
            return closes.map(([code, reason]) => problemOfClose(code, reason).message);
        }""",
        [
            module.replace("playground.js", "listening.js"),
            [(close.code, close.reason) for close in CLOSES.values()],
        ],
    )
    named = dict(zip(CLOSES, names, strict=True))

    assert named[Ending.QUOTA_USED] == named[Ending.CAP_REACHED] == "cap"
    assert named[Ending.KEY_QUOTA_USED] == "key-quota"
    assert named[Ending.SUSPENDED] == "suspended"
    for ending in (Ending.KEY_REVOKED, Ending.GRANT_USED, Ending.ENDED_BY_OWNER, Ending.TOO_LONG):
        assert named[ending] == "ended"
    assert named[Ending.CONNECTION_LOST] == named[Ending.ENGINE_GONE] == "lost"


def test_file_beyond_the_keys_own_quota_is_not_said_to_be_beyond_the_orgs(playground):
    module = playground.locator("script[src$='playground.js']").get_attribute("src")
    refused = [
        errors.of_refusal(Refused(name, 0, 0))
        for name in (LimitName.KEY_QUOTA, LimitName.QUOTA, LimitName.SPENDING_CAP)
    ]

    names = playground.evaluate(
        """async ([module, answers]) => {
            const { problemOfAnswer } = await import(module);
            return answers.map((body) => problemOfAnswer(402, { ...body, err_msg: "Words" }).message);
        }""",
        [
            module.replace("playground.js", "listening.js"),
            [json.loads(each.body(SessionId("r"))) for each in refused],
        ],
    )

    assert names == ["key-quota", "cap", "cap"]


def test_speech_into_the_microphone_becomes_words(playground):
    page = playground
    page.get_by_role("button", name="Record").click()
    page.locator(".word").nth(2).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Finished").wait_for()

    words = page.locator(".word").all_inner_texts()
    page.locator(".word").nth(1).click()
    page.get_by_text("confidence 0.90").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="SRT").click()

    captions = Path(saved.value.path()).read_text()
    assert captions.startswith("1\n00:00:00,000 --> ")
    assert " ".join(words[:2]) in captions
    assert re.fullmatch(r"\d+ ms", page.locator("#t-first").inner_text())
    assert page.locator("#t-cost").inner_text().startswith("$0.0")
    assert page.locator("#t-words").inner_text() == str(len(words))


def test_text_and_captions_have_spaces_where_their_script_has(playground):
    module = playground.locator("script[src$='playground.js']").get_attribute("src")
    said = [
        ["Hello", "world."],
        ["今日", "は。", "Windows", "を"],
        ["สวัสดี", "ครับ"],
        ["저는", "집에"],
    ]

    texts, captions = playground.evaluate(
        """async ([module, said]) => {
            const { textOf, toSrt } = await import(module);
            const turns = said.map((words) => words.map((text, n) => ({ text, start: n, end: n + 1 })));
            return [turns.map(textOf), toSrt(turns)];
        }""",
        [module.replace("playground.js", "captions.js"), said],
    )

    assert texts == [text_of(words) for words in said]
    assert all(f"\n{text}\n" in captions for text in texts)


def test_file_becomes_text_of_which_nothing_is_kept(playground, dashboard):
    """
    Neither the audio nor a word of the text is in any file of the deployment.
    """
    page = playground
    page.get_by_role("link", name="File", exact=True).click()
    page.locator("#file").set_input_files(SAMPLES / "hello.wav")
    page.get_by_text("Finished").wait_for()

    words = page.locator(".word").all_inner_texts()
    audio = (SAMPLES / "hello.wav").read_bytes()[20_000:20_400]
    assert len(words) == 3
    sought = [audio, *(word.encode() for word in set(words))]
    kept = [
        (path.name, part)
        for path in dashboard.data.rglob("*")
        if path.is_file()
        for part in sought
        if part in path.read_bytes()
    ]
    assert not kept


def test_form_is_in_the_address_and_in_the_code(playground):
    page = playground
    page.get_by_label("Language", exact=True).select_option("es")
    page.get_by_label("Separate speakers").check()

    shown = page.locator("pre.live-code").first.inner_text()
    page.reload()

    assert "?language=es&diarize=true" in page.url
    assert "language=es&punctuate=true&smart_format=true&diarize=true" in shown
    assert page.locator("pre.live-code").first.inner_text() == shown


def test_microphone_that_is_refused_leads_on(owner):
    page = owner
    page.goto(page.url.rstrip("/") + "/playground")
    page.get_by_role("button", name="Record").click()

    page.get_by_text("The browser does not allow recording.").wait_for()
