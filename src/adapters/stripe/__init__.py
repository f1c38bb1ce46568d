"""Stripe: https://docs.stripe.com/api."""
