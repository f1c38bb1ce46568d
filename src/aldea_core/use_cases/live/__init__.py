"""Sessions: open, renew, close, and what happens in between."""
