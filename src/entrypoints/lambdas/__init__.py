"""
AWS Lambda functions, with AWS's signatures: `handler(event, context)`.

A function loads what it needs and no more: a cold start waits for every module.
"""

import entrypoints.containers.lean  # noqa: F401
