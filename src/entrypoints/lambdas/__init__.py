"""
AWS Lambda functions, with AWS's signatures: `handler(event, context)`.

A function loads what it needs and no more: a cold start waits for every module.
"""

from entrypoints.factories.lean import without


# If they find them, both load libraries for uses that functions do not have: rich for tracebacks in
# colour (structlog); formats and frameworks to configure from and inject into (dependency_injector).
with without("pydantic", "pydantic_settings", "rich", "starlette", "werkzeug", "yaml"):
    import structlog  # noqa: F401

    import entrypoints.containers.wiring  # noqa: F401
