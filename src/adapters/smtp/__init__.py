"""Mail, by the standard library."""
