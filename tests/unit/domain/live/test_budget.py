"""A budget that refills."""

from aldea_core.domain.live.budget import Budget


def test_burst_is_free_and_the_rest_waits():
    budget = Budget(10, burst=5)
    budget.spend(5)
    assert budget.wait(0) == 0
    budget.spend(2)
    assert budget.wait(0) == 0.2
    assert budget.wait(0.1) == 0.1
    assert budget.wait(0.25) == 0


def test_it_is_refilled_up_to_its_burst():
    budget = Budget(10, burst=5)
    assert budget.wait(1000) == 0
    budget.spend(6)
    assert budget.wait(1000) == 0.1


def test_spending_ends_once_half_is_refilled():
    budget = Budget(10, burst=10)
    budget.spend(11)
    budget.wait(1)
    assert budget.since is None
    budget.spend(11)
    budget.wait(1)
    assert budget.since == 1
    budget.wait(1.2)
    assert budget.since == 1
    budget.wait(2)
    assert budget.since is None
