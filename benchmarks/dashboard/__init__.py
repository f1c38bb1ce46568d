"""Measures the dashboard's pages, and its page of open sessions in a browser."""
