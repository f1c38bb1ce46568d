"""Invoices for readers: an HTML page and a PDF."""
