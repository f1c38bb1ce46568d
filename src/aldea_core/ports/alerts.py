"""What orgs set about alerts."""

from abc import abstractmethod
from typing import Protocol

from aldea_core.domain.ids import OrgId, UserId
from aldea_core.domain.notifications.alerts import AlertSettings


class Alerts(Protocol):
    """Stores thresholds, and who wants no emails. What is not set is the default."""

    @abstractmethod
    async def settings(self, org: OrgId) -> AlertSettings: ...

    @abstractmethod
    async def set_thresholds(self, org: OrgId, thresholds: tuple[int, ...]) -> None: ...

    @abstractmethod
    async def set_emails(self, org: OrgId, user: UserId, *, are_wanted: bool) -> None: ...
