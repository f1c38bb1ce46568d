"""Events of orgs, webhooks and alerts."""
