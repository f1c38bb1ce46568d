"""Words grouped into utterances, sentences and paragraphs."""

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.transcripts.paragraphs import paragraphs, sentences, utterances
from aldea_core.domain.transcripts.transcripts import Word


def words(*said: tuple[str, float]) -> list[Word]:
    """Words of 0.3 s at the times given."""
    return [Word(text.strip(".?!").lower(), at, at + 0.3, 0.9, text) for text, at in said]


def test_no_words_make_no_paragraph():
    assert utterances([], 0.8) == []
    assert paragraphs([]) == []


def test_pause_separates_utterances():
    """
    Also a pause of exactly the gap.
    """
    found = utterances(words(("a", 0.0), ("b", 0.5), ("c", 1.6)), 0.8)

    assert [part.text for part in found] == ["a b", "c"]


def test_a_sentence_ends_at_its_mark_or_a_long_pause():
    """
    Whichever comes first.
    """
    found = sentences(words(("Yes.", 0), ("No?", 0.4), ("well", 0.8), ("then", 2.7)))

    assert [part.text for part in found] == ["Yes.", "No?", "well", "then"]


def test_five_sentences_make_a_paragraph():
    """
    The sixth begins another.
    """
    found = paragraphs(words(*((f"S{n}.", n * 0.4) for n in range(6))))

    assert [len(paragraph.sentences) for paragraph in found] == [5, 1]
    assert found[0].word_count == 5
    assert (found[0].start, round(found[0].end, 1)) == (0.0, 1.9)


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.sampled_from(["a", "b.", "c?"]), st.sampled_from([0, 1])),
        max_size=40,
    ),
)
def test_no_word_is_lost_or_doubled(said):
    """
    However words are grouped.
    """
    at, made = 0.0, []
    for pause, text, speaker in said:
        at += pause
        made.append(Word(text, at, at + 0.2, 0.5, None, speaker))
        at += 0.2

    assert [word for part in utterances(made, 0.8) for word in part.words] == made
    parts = [part for paragraph in paragraphs(made) for part in paragraph.sentences]
    assert [word for part in parts for word in part.words] == made
    assert all(len({word.speaker for word in part.words}) == 1 for part in parts)
