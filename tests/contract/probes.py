"""What every `Probes` promises."""


class ProbesContract:
    """Subclasses give a fixture `probes`: of one engine that lives and one that does not."""

    async def test_each_answers_for_itself(self, probes):
        """
        In order; one that is away says so, and holds up no other.
        """
        alive, away = await probes.ask()

        assert (alive.is_alive, alive.problem) == (True, "")
        assert not away.is_alive
        assert away.problem
        assert alive.purposes == ("live", "file")
