"""
Deepgram's management API, so that its SDKs' `manage` clients work: a project is an org.

Only API keys are accepted, with their scopes; errors are in Deepgram's format. Concepts that Aldea
does not have are answered with empty lists, or with 404.
"""
