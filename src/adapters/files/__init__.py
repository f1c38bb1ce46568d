"""Plain files in place of emails, for machines without a mail server."""
