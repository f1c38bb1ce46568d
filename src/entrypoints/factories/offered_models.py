"""The models that the settings offer, for gateways that serve them and backends that check keys."""

from aldea_core.domain.transcripts.models import OfferedModels
from entrypoints.settings import Settings


def offered_models_of(settings: Settings) -> OfferedModels:
    """Those of `ALDEA_MODELS`; any model if it is empty, because only the engines know them then."""
    return OfferedModels(dict(settings.models))
