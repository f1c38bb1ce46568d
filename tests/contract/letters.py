"""What every `Letters` promises."""

from aldea_core.domain.access.emails import Letter


class LettersContract:
    """Subclasses give fixtures `letters` and `delivered`, which waits and tells what arrived."""

    async def test_letters_arrive(self, letters, delivered):
        """
        Whole, in order.
        """
        posted = [Letter("ann@example.com", "One", "First.\n"), Letter("b@x.co", "Two", "Öh.\n")]
        for letter in posted:
            letters.post(letter)

        assert await delivered(2) == posted
