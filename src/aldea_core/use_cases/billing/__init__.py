"""Use cases of billing: from recorded usage to paid invoices."""
