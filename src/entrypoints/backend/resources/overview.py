"""An organisation at a glance: what it used and owes, what is left of its limits, and what failed."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.overview import MonthUsage
from aldea_core.ports.leases import LeaseCounts, Peak
from aldea_core.protocol.deepgram.reasons import words_of
from aldea_core.use_cases.billing.show_overview import Overview, ShowOverview
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import Document, Operation, Resource, for_members
from entrypoints.backend.pipeline.texts import Moment
from entrypoints.backend.resources.money_documents import Currency, Minor, MonthText, sees_money


Share = Annotated[float, Meta(description="Of the limit: 0.84 is 84 %; over 1 if it is passed.")]


class PeakDocument(Document, frozen=True, kw_only=True):
    """The most sessions that were open at once, counted in the month in which they began."""

    live: int
    files: int

    @classmethod
    def of(cls, peak: Peak) -> "PeakDocument":
        return cls(live=peak.live, files=peak.files)


class MonthDocument(Document, frozen=True, kw_only=True):
    """A month's usage, without sessions that are open still."""

    month: MonthText
    begins_at: Moment
    ends_at: Annotated[Moment, Meta(description="The beginning of the next month.")]
    requests: int
    audio_ms: int
    live_ms: int
    file_ms: int
    currency: Currency
    amount: Annotated[
        Minor | None,
        Meta(
            description="With the monthly fee. This month: what is owed so far, as in `charges`. "
            "Null for API keys without the scope `billing:read`."
        ),
    ]
    peak: Annotated[PeakDocument | None, Meta(description="Null: it is not known now.")]


class ForecastDocument(Document, frozen=True, kw_only=True):
    """
    What this month comes to at its end: the audio so far, times the month's length, divided by what
    has passed of it; priced by the plan with fee and included minutes.
    """

    audio_ms: int
    amount: Minor | None


class CapShareDocument(Document, frozen=True, kw_only=True):
    """The most that is to be spent in a month, and how much of it is owed."""

    amount: Minor
    share: Share
    forecast_share: Share | None
    is_reached: bool


class QuotaDocument(Document, frozen=True, kw_only=True):
    """Audio of this month against the quota, with that of sessions that are open."""

    used_ms: int
    limit_ms: Annotated[int | None, Meta(description="Null: there is no quota.")]
    share: Share | None


class OpenDocument(Document, frozen=True, kw_only=True):
    """Sessions that are open now, against the limit."""

    open: int
    limit: int


class OpenNowDocument(Document, frozen=True, kw_only=True):
    live: OpenDocument
    files: OpenDocument


class FailureDocument(Document, frozen=True, kw_only=True):
    """Why sessions failed."""

    status: Annotated[int, Meta(description="An HTTP status or a close code.")]
    reason: Annotated[str, Meta(description="A code, as engine_gone; empty if it is not known.")]
    text: str
    count: int


class RefusedDocument(Document, frozen=True, kw_only=True):
    """How often a limit refused a session: those are no requests."""

    limit: Annotated[str, Meta(description="quota, spending_cap, concurrent_live, …")]
    count: int


class ErrorsDocument(Document, frozen=True, kw_only=True):
    """Failures of this month: an HTTP status from 400, or a close code that is not the client's."""

    failed: int
    rate: Annotated[float, Meta(description="Of this month's requests: 0.008 is 0.8 %.")]
    reasons: list[FailureDocument]
    refused: list[RefusedDocument]


class UnpaidDocument(Document, frozen=True, kw_only=True):
    """An invoice that is issued and not paid."""

    id: str
    number: str
    month: MonthText
    total: Minor
    currency: Currency
    issued_at: Moment | None
    pay_url: Annotated[str, Meta(description="Empty if it cannot be paid online.")]

    @classmethod
    def of(cls, invoice: Invoice) -> "UnpaidDocument":
        return cls(
            id=invoice.id,
            number=invoice.number,
            month=str(invoice.month),
            total=invoice.total,
            currency=invoice.currency,
            issued_at=invoice.issued,
            pay_url=invoice.pay_url,
        )


class PlanNameDocument(Document, frozen=True, kw_only=True):
    id: str
    name: str
    monthly_fee: Annotated[
        Minor | None, Meta(description="Null for API keys without the scope `billing:read`.")
    ]
    included_minutes: int


class OverviewDocument(Document, frozen=True, kw_only=True):
    """An organisation at a glance."""

    measured_at: Annotated[Moment, Meta(description="When it was computed.")]
    zone: Annotated[str, Meta(description="In which days and months begin: always UTC.")]
    plan: PlanNameDocument
    this_month: MonthDocument
    last_month: MonthDocument
    forecast: Annotated[
        ForecastDocument | None, Meta(description="Null in the first day of a month.")
    ]
    cap: Annotated[CapShareDocument | None, Meta(description="Null: there is none.")]
    quota: QuotaDocument
    sessions: Annotated[
        OpenNowDocument | None, Meta(description="Null: the store of open sessions is away.")
    ]
    errors: ErrorsDocument
    unpaid: list[UnpaidDocument]


@attrs.frozen
class OverviewRoutes(Resource):
    TAG = "Usage"

    show_overview: ShowOverview

    @Operation(
        "GET",
        "/v1/orgs/{org}/overview",
        for_members("usage:read"),
        "Show the organisation at a glance",
        about="This month and the last, the forecast, limits, failures and unpaid invoices. "
        "Without the scope `billing:read` an API key gets no amounts.",
    )
    async def get_overview(self, call: Call) -> OverviewDocument:
        found = await self.show_overview(call.org.id)
        is_shown = sees_money(call)
        plan, counts = found.charges.plan, found.open
        ahead = found.forecast
        this_peak, last_peak = (counts.peak, counts.last_peak) if counts else (None, None)
        return OverviewDocument(
            measured_at=found.at,
            zone="UTC",
            plan=PlanNameDocument(
                id=plan.id,
                name=plan.name,
                monthly_fee=plan.monthly_fee if is_shown else None,
                included_minutes=plan.included_minutes,
            ),
            this_month=_month(found.this_month, this_peak, is_shown=is_shown),
            last_month=_month(found.last_month, last_peak, is_shown=is_shown),
            forecast=None
            if ahead is None
            else ForecastDocument(
                audio_ms=ahead.audio_ms, amount=ahead.amount if is_shown else None
            ),
            cap=_cap(found) if is_shown else None,
            quota=_quota(found, call.org.limits.quota_ms),
            sessions=None if counts is None else _open(counts, call.org.limits),
            errors=_errors(found),
            unpaid=[UnpaidDocument.of(one) for one in found.unpaid] if is_shown else [],
        )


def _month(usage: MonthUsage, peak: Peak | None, *, is_shown: bool) -> MonthDocument:
    return MonthDocument(
        month=str(usage.month),
        begins_at=usage.month.begins,
        ends_at=usage.month.ends,
        requests=usage.totals.sessions,
        audio_ms=usage.totals.audio_ms,
        live_ms=usage.totals.live_ms,
        file_ms=usage.totals.file_ms,
        currency=usage.currency,
        amount=usage.amount if is_shown else None,
        peak=None if peak is None else PeakDocument.of(peak),
    )


def _cap(found: Overview) -> CapShareDocument | None:
    cap = found.cap
    if cap is None:
        return None
    ahead = found.forecast
    return CapShareDocument(
        amount=cap.amount,
        share=_share(found.charges.total, cap.amount),
        forecast_share=None if ahead is None else _share(ahead.amount, cap.amount),
        is_reached=found.charges.total >= cap.amount,
    )


def _quota(found: Overview, quota_ms: int | None) -> QuotaDocument:
    recorded_ms = found.this_month.totals.audio_ms
    used_ms = recorded_ms if found.open is None else max(found.open.used_ms, recorded_ms)
    return QuotaDocument(
        used_ms=used_ms,
        limit_ms=quota_ms,
        share=None if quota_ms is None else _share(used_ms, quota_ms),
    )


def _open(counts: LeaseCounts, limits: Limits) -> OpenNowDocument:
    return OpenNowDocument(
        live=OpenDocument(open=counts.live, limit=limits.concurrent_live),
        files=OpenDocument(open=counts.files, limit=limits.concurrent_files),
    )


def _errors(found: Overview) -> ErrorsDocument:
    failed = sum(each.count for each in found.failures)
    return ErrorsDocument(
        failed=failed,
        rate=_share(failed, found.this_month.totals.sessions) if failed else 0.0,
        reasons=[
            FailureDocument(
                status=each.status,
                reason=each.reason,
                text=words_of(each.status, each.reason),
                count=each.count,
            )
            for each in found.failures
        ],
        refused=[
            RefusedDocument(limit=name, count=count) for name, count in found.refusals.items()
        ],
    )


def _share(part: int, whole: int) -> float:
    """*part* of *whole*, to four digits; nothing is left of a limit of 0."""
    return round(part / whole, 4) if whole else 1.0
