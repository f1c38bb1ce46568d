"""The list of models, in OpenAI's and in Deepgram's shape at once."""

from aldea_core.protocol.openai.models import model_json, models_json


def test_list_has_the_fields_of_both() -> None:
    """
    OpenAI's clients read `data`, Deepgram's `stt`; the same models in both.
    """
    document = models_json(["small", "large"])

    assert (document["object"], document["tts"]) == ("list", [])
    assert document["data"] == document["stt"]
    assert [model["id"] for model in document["data"]] == ["small", "large"]
    assert [model["name"] for model in document["stt"]] == ["small", "large"]
    assert models_json([])["data"] == []


def test_model_keeps_its_uuid() -> None:
    """
    It is made of its name, so that every gateway gives the same one.
    """
    small = model_json("small")

    assert small == model_json("small")
    assert small["uuid"] != model_json("large")["uuid"]
    assert (small["object"], small["canonical_name"]) == ("model", "small")
    assert (small["batch"], small["streaming"]) == (True, True)
