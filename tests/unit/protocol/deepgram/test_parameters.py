"""What callers write, what they ask for with it, and what engines are told."""

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.options import (
    CallbackMethod,
    FileOptions,
    LiveOptions,
    RedactMode,
)
from aldea_core.protocol.deepgram.parameters import callback, file_options, live_options, to_pairs


def one(name: str, value: str):
    return [(name, value)]


class TestDefaults:
    def test_of_a_file(self):
        """
        The format is found out, the language is English, nothing extra is made.
        """
        assert file_options([]) == FileOptions()

    def test_of_a_live_stream(self):
        """
        Interims are on, and speech ends after 300 ms.
        """
        options = live_options([])

        assert (options.interim_results, options.endpointing_ms) == (True, 300)
        assert (options.utterance_end_ms, options.vad_events, options.raw) == (
            None,
            False,
            None,
        )


class TestFlags:
    @pytest.mark.parametrize(
        "name",
        [
            "detect_language",
            "punctuate",
            "smart_format",
            "numerals",
            "profanity_filter",
            "diarize",
            "multichannel",
            "paragraphs",
            "utterances",
        ],
    )
    def test_each_is_true_or_false(self, name):
        """
        In any case, or as a digit; anything else is refused by its name.
        """
        for yes in ("true", "True", "1"):
            assert getattr(file_options(one(name, yes)), name) is True
        for no in ("false", "FALSE", "0"):
            assert getattr(file_options(one(name, no)), name) is False
        with pytest.raises(BadRequest, match=name):
            file_options(one(name, "perhaps"))

    def test_aliases(self):
        """
        Aldea's own names for the same.
        """
        assert file_options(one("diarization", "true")).diarize
        assert file_options(one("lang", "es-ES")).language == "es-ES"
        for name in ("format", "codec"):
            assert live_options(one(name, "mulaw")).raw.encoding is Encoding.MULAW

    def test_the_timestamps_header(self):
        """
        Is read like a parameter; words are sent whatever it says.
        """
        assert file_options([], timestamps="true") == FileOptions()
        with pytest.raises(BadRequest, match="timestamps"):
            file_options([], timestamps="maybe")


class TestLanguage:
    @pytest.mark.parametrize("language", ["en", "en-US", "es", "es-ES", "auto", "zh-Hant-TW"])
    def test_tags(self, language):
        """
        As they are.
        """
        assert file_options(one("language", language)).language == language

    @pytest.mark.parametrize("language", ["e", "english language", "en_US", "../etc", "en-"])
    def test_what_is_none(self, language):
        """
        Is refused by name.
        """
        with pytest.raises(BadRequest, match="language"):
            live_options(one("language", language))


class TestRawAudio:
    def test_an_encoding_says_that_it_is_raw(self):
        """
        At 16 kHz, one channel, unless it says otherwise.
        """
        assert file_options(one("encoding", "alaw")).raw == RawFormat(Encoding.ALAW)

    @pytest.mark.parametrize("options", [live_options, file_options])
    @pytest.mark.parametrize("name", ["sample_rate", "channels"])
    def test_nothing_else_does(self, options, name):
        """
        But it must be a number that makes sense all the same.
        """
        assert options(one(name, "2000" if name == "sample_rate" else "2")).raw is None
        with pytest.raises(BadRequest, match=name):
            options(one(name, "0"))

    def test_the_pcm_path_heeds_both(self):
        """
        There it is known that the audio is raw.
        """
        pairs = [("sample_rate", "8000"), ("channels", "2")]

        assert live_options(pairs, raw_only=True).raw == RawFormat(sample_rate=8000, channels=2)

    def test_raw_packets_are_refused_where_they_would_stream(self) -> None:
        """
        Nobody could measure them, or cut them for another engine; a file of Opus is in Ogg.
        """
        with pytest.raises(BadRequest, match="encoding"):
            live_options(one("encoding", "opus"))
        assert file_options(one("encoding", "opus")).raw is None

    def test_a_live_callback_is_refused(self) -> None:
        """
        Not taken and forgotten, nor handed to an engine.
        """
        with pytest.raises(BadRequest, match="callback"):
            live_options(one("callback", "https://example.com/x"))

    @pytest.mark.parametrize("encoding", ["flac", "ogg-opus", "webm", "wav", "mp3", "aac", "m4a"])
    def test_a_container_is_not_raw(self, encoding):
        """
        Whatever rate is named with it.
        """
        pairs = [("encoding", encoding), ("sample_rate", "48000"), ("channels", "2")]

        assert live_options(pairs).raw is None
        assert live_options(pairs).forwarded == ()

    def test_the_pcm_path(self):
        """
        Is raw without being told, and takes no container.
        """
        assert live_options([], raw_only=True).raw == RawFormat()
        with pytest.raises(BadRequest, match="encoding"):
            live_options(one("encoding", "opus"), raw_only=True)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("encoding", "linear17"),
            ("sample_rate", "fast"),
            ("sample_rate", "0"),
            ("sample_rate", "-16000"),
            ("sample_rate", "16_000"),
            ("sample_rate", "9999999999"),
            ("sample_rate", "١٦٠٠٠"),
            ("channels", "17"),
            ("channels", "1.5"),
        ],
    )
    def test_what_makes_no_sense(self, name, value):
        """
        Is refused by its name.
        """
        with pytest.raises(BadRequest, match=name):
            live_options(one(name, value))


class TestLive:
    @pytest.mark.parametrize(("text", "value"), [("10", 10), ("0", 0), ("true", 300)])
    def test_endpointing(self, text, value):
        """
        Milliseconds, or the default.
        """
        assert live_options(one("endpointing", text)).endpointing_ms == value

    def test_no_endpointing(self):
        """
        Finals on Finalize and CloseStream only.
        """
        assert live_options(one("endpointing", "false")).endpointing_ms is None

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("endpointing", "soon"),
            ("endpointing", "70000"),
            ("utterance_end_ms", "0"),
            ("interim_results", "2"),
            ("vad_events", "yes"),
        ],
    )
    def test_what_makes_no_sense(self, name, value):
        """
        Is refused by its name.
        """
        with pytest.raises(BadRequest, match=name):
            live_options(one(name, value))


class TestLists:
    def test_what_may_be_repeated(self):
        """
        Keeps its order.
        """
        pairs = [
            ("keywords", "Aldea:2"),
            ("keywords", "village"),
            ("tag", "a"),
            ("search", "fox"),
            ("extra", "team:speech:one"),
            ("replace", "colour:color"),
            ("replace", "um"),
        ]
        options = file_options(pairs)

        assert options.keywords == ("Aldea:2", "village")
        assert (options.tags, options.search) == (("a",), ("fox",))
        assert options.extra == (("team", "speech:one"),)
        assert options.replace == (("colour", "color"), ("um", ""))

    @pytest.mark.parametrize(
        ("sent", "means"),
        [
            (["pii"], ("pii",)),
            (["pci", "pii", "pci"], ("pci", "pii")),
            (["true"], ("pii", "pci", "numbers")),
            (["false"], ()),
        ],
    )
    def test_redaction(self, sent, means):
        """
        Each once; `true` is all of it.
        """
        assert live_options([("redact", kind) for kind in sent]).redact == means

    def test_redact_mode(self):
        """
        One of three.
        """
        assert file_options(one("redact_mode", "MASK")).redact_mode is RedactMode.MASK

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("redact", "secrets"),
            ("redact_mode", "blur"),
            ("replace", ":x"),
            ("extra", "novalue"),
            ("extra", ":x"),
            ("keywords", ""),
            ("utt_split", "nan"),
            ("utt_split", "-1"),
            ("utt_split", "long"),
            ("model", "m" * 3000),
        ],
    )
    def test_what_makes_no_sense(self, name, value):
        """
        Is refused by its name.
        """
        with pytest.raises(BadRequest, match=name):
            file_options(one(name, value))

    def test_a_flood(self):
        """
        Is refused as a whole.
        """
        with pytest.raises(BadRequest, match="Invalid query string"):
            file_options([("x", "y")] * 501)


class TestCallback:
    def test_none(self):
        """
        The caller waits.
        """
        assert callback([]) is None

    def test_where_and_how(self):
        """
        POST unless it says PUT; metadata goes along.
        """
        found = callback(
            [
                ("callback", "https://x.test/cb"),
                ("callback_method", "put"),
                ("metadata", '{"a": 1}'),
            ]
        )

        assert (found.url, found.method) == ("https://x.test/cb", CallbackMethod.PUT)
        assert found.metadata == '{"a": 1}'

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("callback_method", "GET"),
            ("metadata", "{"),
            ("metadata", "[1]"),
            ("metadata", "[" * 1990),
        ],
    )
    def test_what_makes_no_sense(self, name, value):
        """
        Is refused by its name.
        """
        with pytest.raises(BadRequest, match=name):
            callback([("callback", "https://x.test"), (name, value)])


class TestForEngines:
    def test_what_aldea_does_not_know_goes_on_to_the_engine(self):
        """
        As it came; what is Aldea's own does not.
        """
        pairs = [
            ("sentiment", "true"),
            ("keyterm", "a"),
            ("keyterm", "b"),
            ("callback", "https://x.test"),
            ("metadata", "{}"),
            ("callback_method", "PUT"),
            ("tag", "mine"),
        ]

        assert to_pairs(file_options(pairs)) == [
            ("sentiment", "true"),
            ("keyterm", "a"),
            ("keyterm", "b"),
        ]

    def test_a_live_stream_says_what_servers_differ_in(self):
        """
        Their defaults are not Aldea's.
        """
        assert to_pairs(LiveOptions()) == [("interim_results", "true"), ("endpointing", "300")]

    @given(
        st.builds(
            LiveOptions,
            raw=st.none()
            | st.builds(
                RawFormat, st.sampled_from(Encoding), st.integers(1000, 192_000), st.integers(1, 16)
            ),
            language=st.sampled_from(["en", "es-ES", "auto"]),
            smart_format=st.booleans(),
            multichannel=st.booleans(),
            redact=st.sampled_from([(), ("pii",), ("pci", "numbers")]),
            redact_mode=st.sampled_from(RedactMode),
            keywords=st.lists(st.sampled_from(["a:1", "b"]), max_size=3).map(tuple),
            replace=st.lists(st.sampled_from([("a", "b:c"), ("d", "")]), max_size=2).map(tuple),
            interim_results=st.booleans(),
            endpointing_ms=st.none() | st.integers(0, 60_000),
            utterance_end_ms=st.none() | st.integers(1, 60_000),
            vad_events=st.booleans(),
            forwarded=st.sampled_from([(), (("sentiment", "true"),)]),
        ),
    )
    def test_an_engine_of_ours_understands_the_same(self, options):
        """
        Written out and read again, nothing has changed.
        """
        assert live_options(to_pairs(options)) == options

    def test_a_file_too(self):
        """
        With its own parameters.
        """
        options = FileOptions(paragraphs=True, utterances=True, utterance_gap=1.5)

        assert file_options(to_pairs(options)) == options
