"""Ids. Each has its own type, so that mypy finds one passed as another."""

from typing import NewType


OrgId = NewType("OrgId", str)

# A key's public id: distinguishes keys and grants nothing.
KeyId = NewType("KeyId", str)

# SHA-256 of the whole key, as 64 hex digits: all that is ever stored of it.
KeyHash = NewType("KeyHash", str)

# A UUID. Clients see it as `request_id`, in messages, responses and the `dg-request-id` header.
SessionId = NewType("SessionId", str)

# A gateway process.
TaskId = NewType("TaskId", str)

# A user of the backend.
UserId = NewType("UserId", str)

# One sign-in of a user, as shown in the user's list of sign-ins.
SignInId = NewType("SignInId", str)

PasskeyId = NewType("PasskeyId", str)

InvitationId = NewType("InvitationId", str)

EmailChangeId = NewType("EmailChangeId", str)

# SHA-256 of an opaque token, as 64 hex digits: all that is ever stored of it.
TokenHash = NewType("TokenHash", str)

PlanId = NewType("PlanId", str)

InvoiceId = NewType("InvoiceId", str)

CreditNoteId = NewType("CreditNoteId", str)

# An email in the outbox.
EmailId = NewType("EmailId", int)

# What happened in an org. Receivers of webhooks see it as `webhook-id`.
EventId = NewType("EventId", str)

EndpointId = NewType("EndpointId", str)

DeliveryId = NewType("DeliveryId", str)
