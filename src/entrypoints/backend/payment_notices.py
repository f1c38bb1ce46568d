"""The webhook where the payment provider reports payments of invoices; its signature is checked."""

import attrs
import structlog

from aiohttp import web
from typing_extensions import override

from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.use_cases.billing.settle_invoice import ProcessPaymentNotice
from entrypoints.backend.app import SubApi
from entrypoints.http.whole_body import whole_body


log = structlog.get_logger()

PATH = "/v1/payments/notices"


@attrs.frozen
class PaymentNotices(SubApi):
    process_payment_notice: ProcessPaymentNotice

    @override
    def add_to(self, app: web.Application) -> None:
        app.router.add_post(PATH, self._post)

    async def _post(self, request: web.Request) -> web.Response:
        signature = request.headers.get("Stripe-Signature", "")
        try:
            notice = await self.process_payment_notice(await whole_body(request), signature)
        except (BadRequest, NotFound) as error:
            # The provider repeats a notice that is refused, so the answer need not say more.
            log.warning("payment notice refused", reason=str(error))
            return web.json_response({"taken": False}, status=400)
        if notice is not None:
            log.info("payment notice", invoice=notice.invoice, status=notice.event.value)
        return web.json_response({"taken": True})
