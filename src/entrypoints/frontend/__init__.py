"""The dashboard: pages for people, made from what the backend answers over HTTP."""
