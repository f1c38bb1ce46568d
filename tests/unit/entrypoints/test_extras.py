"""Optional libraries: their users name a missing one at start."""

from operator import attrgetter

import pytest

from entrypoints.containers.services import Services
from entrypoints.runtime.extras import require
from entrypoints.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("settings", "wanted", "said"),
    [
        (
            {"org_sync_queue_url": "https://sqs.eu-west-1.amazonaws.com/1/q"},
            "sync.org_queue",
            r"ALDEA_ORG_SYNC_QUEUE_URL needs the library boto3: pip install 'aldea\[aws\]'",
        ),
        (
            {"org_sync_queue_url": "https://sqs.eu-west-1.amazonaws.com/1/q"},
            "sync.org_sync_source",
            "boto3",
        ),
        (
            {"stripe_key": "sk_test_x"},
            "invoicing.payments",
            r"ALDEA_STRIPE_KEY needs the library stripe: pip install 'aldea\[stripe\]'",
        ),
    ],
)
def test_missing_library_is_named_with_its_extra(monkeypatch, settings, wanted, said):
    """
    By the service that needs it.
    """
    services = Services(Settings(**settings))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(SettingsError, match=said):
        attrgetter(wanted)(services)()


def test_service_without_the_extra_does_not_need_it(monkeypatch):
    services = Services(Settings())
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    services.sync.org_queue()
    assert services.sync.org_sync_source() is None
    services.invoicing.payments()


def test_package_around_a_library_may_be_missing_too():
    with pytest.raises(SettingsError, match=r"needs the library nothing\.inner"):
        require("nothing.inner", extra="nothing", what="ALDEA_NOTHING")
