"""How engines did over time."""

from datetime import timedelta

from tests.contract.values import NOW, after

from aldea_core.domain.live.engine_history import EnginePeriod, periods
from aldea_core.domain.samples import Sample, measured


MINUTE = timedelta(minutes=1)


def sample(at: float, **values: float) -> Sample:
    return Sample("engine one", after(at), values)


def test_period_without_samples_is_not_measured():
    """
    None, never zero; the last period may be shorter.
    """
    found = periods([], since=NOW, until=after(150), step=MINUTE)

    assert found == [EnginePeriod(after(60 * n)) for n in range(3)]
    assert found[0].failures is None


def test_periods_have_the_worst_of_their_samples():
    """
    The last capacity; of the answers' times, what 95 % do not exceed.
    """
    samples = [
        sample(n, alive=n != 3, seconds=n / 100, behind=n % 5, sessions=n % 7, capacity=16 + n)
        for n in range(20)
    ]
    later = sample(60, alive=1, seconds=0.5)
    first, second = periods([*samples, later], since=NOW, until=after(120), step=MINUTE)

    assert first == EnginePeriod(NOW, 20, 1, 0.18, 4, 6, 35)
    assert second == EnginePeriod(after(60), 1, 0, 0.5)


def test_samples_outside_are_left_out():
    samples = [sample(-1, alive=1), sample(60, alive=1)]

    assert periods(samples, since=NOW, until=after(60), step=MINUTE) == [EnginePeriod(NOW)]


def test_old_sample_is_no_measure():
    """
    It says since when there is none.
    """
    old = Sample("drift", NOW, {"orgs": 0})

    assert measured(old, "orgs", at=after(60), within=MINUTE).value == 0
    late = measured(old, "orgs", at=after(61), within=MINUTE)
    assert (late.value, late.since) == (None, NOW)
    never = measured(None, "orgs", at=NOW, within=MINUTE)
    assert (never.value, never.since) == (None, None)
