"""A world with a ledger, plans and invoices."""

import pytest

from tests.servers.billing import BillingWorld


@pytest.fixture
def world():
    return BillingWorld()
