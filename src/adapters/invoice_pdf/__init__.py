"""Invoices as people read them: a page for browsers, and a PDF."""
