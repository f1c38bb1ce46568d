"""What every `FillMarks` promises."""


class FillMarksContract:
    """Subclasses give the fixture `marks`."""

    async def test_finished_filling_marks_the_store(self, marks):
        """
        Each of several at once.
        """
        await marks.begin("one")
        await marks.begin("two")

        assert await marks.finish("two")
        assert await marks.is_filled()
        assert await marks.finish("one")
        assert await marks.is_filled()
