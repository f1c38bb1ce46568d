"""Query parameters of callers, the options they become, and the parameters that engines get."""

from urllib.parse import parse_qsl

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
    TranscriptionOptions,
)
from aldea_core.protocol.deepgram.engine_query import to_pairs, to_query
from aldea_core.protocol.deepgram.parameters import (
    callback,
    file_options,
    live_options,
)


def one(name: str, value: str):
    return [(name, value)]


class TestDefaults:
    def test_defaults_of_a_file(self):
        """
        The format is detected, the language is English, no extra feature is on.
        """
        assert file_options([]) == FileOptions()

    def test_defaults_of_a_live_stream(self):
        """
        Interim results are on; endpointing is 300 ms.
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
    def test_flag_is_true_or_false(self, name):
        """
        In any case, or as a digit; other values are refused by name.
        """
        for yes in ("true", "True", "1"):
            assert getattr(file_options(one(name, yes)), name) is True
        for no in ("false", "FALSE", "0"):
            assert getattr(file_options(one(name, no)), name) is False
        with pytest.raises(BadRequest, match=name):
            file_options(one(name, "perhaps"))

    def test_aliases_of_flags(self):
        """
        Aldea's own names.
        """
        assert file_options(one("diarization", "true")).diarize
        assert file_options(one("lang", "es-ES")).language == "es-ES"
        for name in ("format", "codec"):
            assert live_options(one(name, "mulaw")).raw.encoding is Encoding.MULAW

    def test_timestamps_header_acts_as_a_parameter(self):
        """
        Words are sent whatever it says.
        """
        assert file_options([], timestamps="true") == FileOptions()
        with pytest.raises(BadRequest, match="timestamps"):
            file_options([], timestamps="maybe")


class TestLanguage:
    @pytest.mark.parametrize("language", ["en", "en-US", "es", "es-ES", "auto", "zh-Hant-TW"])
    def test_language_tags_are_kept(self, language):
        assert file_options(one("language", language)).language == language

    @pytest.mark.parametrize("language", ["e", "english language", "en_US", "../etc", "en-"])
    def test_invalid_language_is_refused_by_name(self, language):
        with pytest.raises(BadRequest, match="language"):
            live_options(one("language", language))


class TestRawAudio:
    def test_encoding_means_raw_audio(self):
        """
        At 16 kHz and one channel by default.
        """
        assert file_options(one("encoding", "alaw")).raw == RawFormat(Encoding.ALAW)

    @pytest.mark.parametrize("options", [live_options, file_options])
    @pytest.mark.parametrize("name", ["sample_rate", "channels"])
    def test_rate_without_encoding_is_not_raw(self, options, name):
        """
        It must be a valid number all the same.
        """
        assert options(one(name, "2000" if name == "sample_rate" else "2")).raw is None
        with pytest.raises(BadRequest, match=name):
            options(one(name, "0"))

    def test_pcm_path_uses_rate_and_channels(self):
        """
        Its audio is raw by definition.
        """
        pairs = [("sample_rate", "8000"), ("channels", "2")]

        assert live_options(pairs, raw_only=True).raw == RawFormat(sample_rate=8000, channels=2)

    def test_opus_is_packets_live_and_a_media_container_in_a_file(self) -> None:
        pairs = [("encoding", "opus"), ("sample_rate", "24000"), ("channels", "2")]
        options = live_options(pairs)

        assert (options.raw, options.opus_channels, options.is_packets) == (None, 2, True)
        assert options.forwarded == ()
        assert live_options(one("encoding", "opus")).opus_channels == 1
        assert live_options(one("encoding", "ogg-opus")).opus_channels is None
        assert file_options(one("encoding", "opus")).raw is None
        with pytest.raises(BadRequest, match="channels"):
            live_options([("encoding", "opus"), ("channels", "3")])

    def test_a_live_callback_is_refused(self) -> None:
        """
        It is neither ignored nor passed to an engine.
        """
        with pytest.raises(BadRequest, match="callback"):
            live_options(one("callback", "https://example.com/x"))

    @pytest.mark.parametrize("encoding", ["flac", "ogg-opus", "webm", "wav", "mp3", "aac", "m4a"])
    def test_a_container_is_not_raw(self, encoding):
        """
        Also if a sample rate is given.
        """
        pairs = [("encoding", encoding), ("sample_rate", "48000"), ("channels", "2")]

        assert live_options(pairs).raw is None
        assert live_options(pairs).forwarded == ()

    def test_pcm_path_refuses_containers(self):
        """
        It is raw without `encoding`.
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
    def test_invalid_raw_format_is_refused_by_name(self, name, value):
        with pytest.raises(BadRequest, match=name):
            live_options(one(name, value))


class TestLive:
    @pytest.mark.parametrize(("text", "value"), [("10", 10), ("0", 0), ("true", 300)])
    def test_endpointing_in_milliseconds(self, text, value):
        """
        Or the default.
        """
        assert live_options(one("endpointing", text)).endpointing_ms == value

    def test_endpointing_is_turned_off_by_false(self):
        """
        Finals come on Finalize and CloseStream only.
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
    def test_invalid_live_option_is_refused_by_name(self, name, value):
        with pytest.raises(BadRequest, match=name):
            live_options(one(name, value))


class TestLists:
    def test_repeated_parameters_keep_their_order(self):
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
            (["true", "ssn", "phi"], ("pii", "pci", "numbers", "ssn", "phi")),
            (["organization", "true"], ("organization", "pii", "pci", "numbers")),
            (["true", "false"], ("pii", "pci", "numbers")),
            (["false"], ()),
            (
                ["pci", "ssn", "phi", "aggressive_numbers"],
                ("pci", "ssn", "phi", "aggressive_numbers"),
            ),
            (["phone_number", "name_given"], ("phone_number", "name_given")),
        ],
    )
    def test_redact_values_are_unique(self, sent, means):
        """
        `true` is pii, pci and numbers, and takes nothing away from what else is named.
        """
        assert live_options([("redact", kind) for kind in sent]).redact == means

    @pytest.mark.parametrize(
        ("sent", "detects", "candidates"),
        [
            ([], False, ()),
            (["false"], False, ()),
            (["true"], True, ()),
            (["en", "es", "en"], True, ("en", "es")),
            (["true", "en-US"], True, ("en-US",)),
        ],
    )
    def test_detect_language_takes_candidates(self, sent, detects, candidates):
        """
        Sent on to engines as they came.
        """
        options = file_options([("detect_language", value) for value in sent])

        assert (options.detect_language, options.language_candidates) == (detects, candidates)
        assert file_options(to_pairs(options)) == options

    def test_redact_mode_is_read_in_any_case(self):
        assert file_options(one("redact_mode", "MASK")).redact_mode is RedactMode.MASK

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("redact", "secrets"),
            ("detect_language", "all of them"),
            ("detect_language", ""),
            ("redact_mode", "blur"),
            ("replace", ":x"),
            ("extra", "novalue"),
            ("extra", ":x"),
            ("keywords", ""),
            ("utt_split", "nan"),
            ("utt_split", "0_8"),
            ("utt_split", "\u0661"),  # the Arabic digit one
            ("model", "x" * 201),
            ("model", "a\0b"),  # no ledger holds it
            ("utt_split", "-1"),
            ("utt_split", "long"),
            ("model", "m" * 3000),
        ],
    )
    def test_invalid_list_item_is_refused_by_name(self, name, value):
        with pytest.raises(BadRequest, match=name):
            file_options(one(name, value))

    def test_too_many_parameters_are_refused(self):
        with pytest.raises(BadRequest, match="Invalid query string"):
            file_options([("x", "y")] * 501)


class TestCallback:
    def test_no_callback_by_default(self):
        """
        The caller waits for the response.
        """
        assert callback([]) is None

    def test_callback_url_and_method(self):
        """
        POST by default; metadata is sent along.
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
            ("metadata", '{"a": NaN}'),
            ("metadata", '{"a": [-Infinity]}'),
            ("metadata", '{"a": 1e999}'),
            ("metadata", r'{"a": "\ud800"}'),
            ("metadata", r'{"\ud800": 1}'),
        ],
    )
    def test_invalid_callback_is_refused_by_name(self, name, value):
        with pytest.raises(BadRequest, match=name):
            callback([("callback", "https://x.test"), (name, value)])


class TestForEngines:
    def test_unknown_parameters_reach_the_engine(self):
        """
        Unchanged; Aldea's own do not.
        """
        pairs = [
            ("sentiment", "true"),
            ("dictate", "a"),
            ("dictate", "b"),
            ("callback", "https://x.test"),
            ("metadata", "{}"),
            ("callback_method", "PUT"),
            ("tag", "mine"),
        ]

        assert to_pairs(file_options(pairs)) == [
            ("sentiment", "true"),
            ("dictate", "a"),
            ("dictate", "b"),
        ]

    def test_values_cannot_add_parameters_for_the_engine(self):
        """
        What separates parameters, or a header's lines, is escaped in them.
        """
        hostile = "a&model=b\r\nHost: x#é"
        query = to_query(FileOptions(keyterm=(hostile,), forwarded=(("x=y", hostile),)))

        assert parse_qsl(query) == [("keyterm", hostile), ("x=y", hostile)]
        assert not set(query) & set(" \r\n#é")

    def test_live_defaults_are_sent_explicitly(self):
        """
        Other servers' defaults differ.
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
            opus_channels=st.none(),
            forwarded=st.sampled_from([(), (("sentiment", "true"),)]),
        ),
    )
    def test_engine_parameters_round_trip(self, options):
        """
        Written out and read again, nothing has changed.
        """
        assert live_options(to_pairs(options)) == options

    @given(
        st.builds(
            FileOptions,
            punctuate=st.booleans(),
            smart_format=st.booleans(),
            paragraphs=st.booleans(),
            utterances=st.booleans(),
        )
    )
    def test_file_parameters_round_trip(self, options):
        assert file_options(to_pairs(options)) == options

    def test_opus_packets_round_trip(self):
        options = LiveOptions(opus_channels=2)

        assert live_options(to_pairs(options)) == options

    def test_utterance_gap_round_trips(self):
        options = FileOptions(utterances=True, utterance_gap=1.5)

        assert file_options(to_pairs(options)) == options


@pytest.mark.parametrize(
    ("pairs", "paragraphs", "punctuate"),
    [
        ([], False, False),
        ([("smart_format", "true")], True, True),
        ([("smart_format", "1"), ("paragraphs", "false")], False, False),
        ([("paragraphs", "true")], True, True),
        ([("utterances", "true")], False, True),
        ([("utterances", "true"), ("punctuate", "false")], False, False),
        ([("smart_format", "false")], False, False),
    ],
)
def test_options_imply_others_that_are_not_declined(pairs, paragraphs, punctuate):
    options = file_options(pairs)

    assert (options.paragraphs, options.punctuate) == (paragraphs, punctuate)


def test_media_container_is_refused_where_audio_is_raw():
    with pytest.raises(BadRequest, match="encoding"):
        live_options(one("encoding", "flac"), raw_only=True)


def test_options_of_both_kinds_are_sent_alike():
    """What files and live streams share needs neither of them."""
    assert to_pairs(TranscriptionOptions(model="m", language="es")) == [
        ("model", "m"),
        ("language", "es"),
    ]
