"""
Deepgram's management API, so that its SDKs' `manage` clients work: a project is an org.

Only API keys come in here, with the scopes they have; errors are in Deepgram's words. What we have
no notion of is answered empty, or not at all (404).
"""
