"""What every `Clock` promises."""

from datetime import timedelta


class ClockContract:
    """Subclasses give the fixtures `clock`, and `pass_time`, which lets some time pass."""

    def test_now_is_in_utc(self, clock):
        assert clock.now().utcoffset() == timedelta(0)

    def test_time_goes_on(self, clock, pass_time):
        """
        Both measures, and never back.
        """
        now, elapsed = clock.now(), clock.monotonic()
        assert clock.monotonic() >= elapsed

        pass_time()

        assert clock.now() > now
        assert clock.monotonic() > elapsed
