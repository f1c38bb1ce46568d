"""Use cases of events, webhooks and alerts."""
