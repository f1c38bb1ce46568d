"""Billing: usage, plans, charges, invoices and payments."""
