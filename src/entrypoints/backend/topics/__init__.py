"""
What the backend is asked about: a file a topic, with its documents and its routes.

A topic is a frozen class of use cases with handlers, and a method `routes` that lists them. A
handler takes a `Call`, says what it changed with `Call.note`, and returns a document (or None, or
`Raw`); its no is a `problems.Refused`. Put it into `BackOffice.topics`, and into the table of
`tests/integration/backend/test_access.py`, which fails for a route that nobody decided about.
"""
