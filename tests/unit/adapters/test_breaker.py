"""The circuit breaker, by its states."""

from adapters.gpu_http.breaker import LONGEST_PAUSE_SECONDS, Breaker, CircuitState


def test_closed_lets_everything_through():
    """
    And stays closed while all goes well.
    """
    breaker = Breaker()
    breaker.succeeded()

    assert breaker.allows(0.0)
    assert breaker.state is CircuitState.CLOSED


def test_a_failure_opens_it_for_a_while():
    """
    Then one may try, and nobody else meanwhile.
    """
    breaker = Breaker()
    breaker.failed(10.0)

    assert not breaker.allows(10.9)
    assert breaker.allows(11.0)
    assert breaker.state is CircuitState.HALF_OPEN
    assert not breaker.allows(11.0)


def test_the_one_who_tries_decides():
    """
    Success closes it; failure leaves it open for twice as long, up to a bound.
    """
    breaker = Breaker()
    breaker.failed(0.0)
    at, pauses = 0.0, []
    for _ in range(7):
        at = breaker.open_until
        assert breaker.allows(at)
        breaker.failed(at)
        pauses.append(breaker.open_until - at)

    assert pauses == [2, 4, 8, 16, 30, 30, 30]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert breaker.allows(breaker.open_until)
    breaker.succeeded()
    assert breaker.allows(at)
    assert breaker.pause == 1.0


def test_failures_while_it_is_open_change_nothing():
    """
    Many streams lost at once are one failure.
    """
    breaker = Breaker()
    for at in (0.0, 0.1, 0.9):
        breaker.failed(at)

    assert breaker.open_until == 1.0


def test_a_probe_without_an_outcome_leaves_it_open():
    """
    It was cancelled, or its own caller failed: nothing is known, and the next may be the probe.
    """
    breaker = Breaker()
    breaker.failed(0)
    assert breaker.allows(1)
    breaker.undecided()

    assert breaker.state is CircuitState.OPEN
    assert breaker.allows(1)
    assert not breaker.allows(1)


def test_other_requests_without_an_outcome_change_nothing():
    """
    Of an engine that is well.
    """
    breaker = Breaker()
    breaker.undecided()

    assert breaker.state is CircuitState.CLOSED
