"""Names of things. Each has its own type, so that one cannot be handed over as another."""

from typing import NewType


OrgId = NewType("OrgId", str)

# What people may see of a key: enough to tell keys apart, useless to get in.
KeyId = NewType("KeyId", str)

# SHA-256 of the whole key, as 64 hex digits: all that is ever stored of it.
KeyHash = NewType("KeyHash", str)

# A UUID. Clients see it as `request_id`, in frames, answers and the `dg-request-id` header.
SessionId = NewType("SessionId", str)

# The gateway process that holds a session.
TaskId = NewType("TaskId", str)

# Somebody who signs in.
UserId = NewType("UserId", str)

# One sign-in of a user, as people see it in the list of theirs.
SignInId = NewType("SignInId", str)

InvitationId = NewType("InvitationId", str)

# SHA-256 of an opaque token, as 64 hex digits: all that is ever stored of it.
TokenHash = NewType("TokenHash", str)

PlanId = NewType("PlanId", str)

InvoiceId = NewType("InvoiceId", str)
