"""Invoices and credit notes for readers: an HTML page and a PDF."""
