"""Plans, invoices and their lines."""
