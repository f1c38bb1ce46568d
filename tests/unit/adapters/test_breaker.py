"""The circuit breaker, state by state."""

from adapters.gpu_http.breaker import LONGEST_PAUSE_SECONDS, Breaker, CircuitState


def test_closed_breaker_admits_every_call():
    """
    Successes keep it CLOSED.
    """
    breaker = Breaker()
    breaker.succeeded()

    assert breaker.allows(0.0)
    assert breaker.state is CircuitState.CLOSED


def test_failure_opens_it_until_the_probe():
    """
    Then exactly one caller may probe.
    """
    breaker = Breaker()
    breaker.failed(10.0)

    assert not breaker.allows(10.9)
    assert breaker.allows(11.0)
    assert breaker.state is CircuitState.HALF_OPEN
    assert not breaker.allows(11.0)


def test_probe_outcome_closes_or_reopens():
    """
    Success closes it; failure doubles the open time, up to a bound.
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


def test_failures_while_open_do_not_extend_it():
    """
    Many streams lost at once count as one failure.
    """
    breaker = Breaker()
    for at in (0.0, 0.1, 0.9):
        breaker.failed(at)

    assert breaker.open_until == 1.0


def test_probe_without_outcome_leaves_it_open():
    """
    The probe was cancelled or its caller failed: the next caller may probe.
    """
    breaker = Breaker()
    breaker.failed(0)
    assert breaker.allows(1)
    breaker.undecided()

    assert breaker.state is CircuitState.OPEN
    assert breaker.allows(1)
    assert not breaker.allows(1)


def test_call_without_outcome_keeps_it_closed():
    """
    A cancelled call to a healthy engine is no failure.
    """
    breaker = Breaker()
    breaker.undecided()

    assert breaker.state is CircuitState.CLOSED
