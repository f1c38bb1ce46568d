"""What every `Probes` promises."""


class ProbesContract:
    """Subclasses give a fixture `probes`: of one engine that lives and one that does not."""

    async def test_probes_are_independent(self, probes):
        """
        In order; an unavailable dependency is reported and delays no other probe.
        """
        alive, away = await probes.ask()

        assert (alive.is_alive, alive.problem) == (True, "")
        assert not away.is_alive
        assert away.problem
        assert alive.purposes == ("live", "file")

    async def test_engines_are_named_without_being_asked(self, probes):
        asked = await probes.ask()

        assert dict(probes.names()) == {health.name: health.purposes for health in asked}
