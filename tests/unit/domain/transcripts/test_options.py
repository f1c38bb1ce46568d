"""What options of a request say."""

from aldea_core.domain.transcripts.options import FileOptions, LiveOptions


def test_language_to_be_detected_has_no_name() -> None:
    """
    Though there is one for audio in which none is detected.
    """
    assert LiveOptions(language="es").named_language == "es"
    assert LiveOptions(language="auto").named_language == ""
    assert LiveOptions(language="multi").named_language == ""
    assert FileOptions(language="es", detect_language=True).named_language == ""
