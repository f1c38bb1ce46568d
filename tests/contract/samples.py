"""What every `Samples` promises."""

from datetime import timedelta

from tests.contract.values import NOW, after

from aldea_core.domain.samples import Sample


def sample(seconds: float = 0, series: str = "outbox", **values: float) -> Sample:
    return Sample(series, after(seconds), values or {"age": 0.5})


class SamplesContract:
    """Subclasses give a fixture `samples`: empty."""

    async def test_samples_are_kept_in_order_of_time(self, samples):
        """
        From a time on, by series.
        """
        first, second, third = (sample(60 * minute, age=minute) for minute in range(3))
        await samples.put([third, first])
        await samples.put([second, sample(series="other")])
        await samples.put([])

        assert list(await samples.of("outbox", since=NOW)) == [first, second, third]
        assert list(await samples.of("outbox", since=after(60))) == [second, third]
        assert list(await samples.of("none", since=NOW)) == []

    async def test_last_sample_of_a_minute_stays(self, samples):
        """
        However many are put: the number of samples is bounded by time.
        """
        for second in range(60):
            await samples.put([sample(second, age=second)])

        assert list(await samples.of("outbox", since=NOW)) == [sample(59, age=59)]

    async def test_latest_sample_of_each_series(self, samples):
        """
        A series without samples is absent.
        """
        newest = sample(120, age=9)
        await samples.put([sample(), newest, sample(60), sample(series="drift", orgs=1)])

        assert dict(await samples.latest(["outbox", "drift", "none"])) == {
            "outbox": newest,
            "drift": sample(series="drift", orgs=1),
        }
        assert dict(await samples.latest([])) == {}

    async def test_old_samples_are_forgotten(self, samples):
        await samples.put([sample(), sample(60), sample(series="other")])
        await samples.forget(before=NOW + timedelta(seconds=60))

        assert list(await samples.of("outbox", since=NOW)) == [sample(60)]
        assert list(await samples.of("other", since=NOW)) == []
