"""Which of an org's keys are meant: those that work, those that have ended, or all."""

from datetime import datetime

import attrs

from aldea_core.domain.access.keys import ApiKey


@attrs.frozen
class KeyFilter:
    """
    Attributes:
        works_at: Only keys that are valid then.
        ended_at: Only keys that have been revoked or have expired by then.
        search: Only keys with this in their name, hint or one of their tags, in any case.
    """

    works_at: datetime | None = None
    ended_at: datetime | None = None
    search: str = ""

    def matches(self, key: ApiKey) -> bool:
        return (
            (self.works_at is None or key.opens(at=self.works_at))
            and (self.ended_at is None or not key.opens(at=self.ended_at))
            and any(
                self.search.casefold() in text.casefold()
                for text in (key.name, key.hint, *key.tags)
            )
        )


EVERY_KEY = KeyFilter()
