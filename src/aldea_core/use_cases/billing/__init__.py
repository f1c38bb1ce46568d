"""From usage to invoices."""
