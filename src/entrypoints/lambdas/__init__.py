"""
AWS Lambda functions, with AWS's signatures: `handler(event, context)`.

A function loads what it needs and no more, since customers of a cold start wait for each module.
"""

from entrypoints.lambdas.lean import without


# Both load, if they find them, libraries for uses that functions have not: rich for tracebacks in
# colour (structlog), and frameworks and formats to configure and inject into (dependency_injector).
with without("fastapi", "fast_depends", "pydantic_settings", "pydantic", "rich", "starlette", "werkzeug", "yaml"):
    import dependency_injector.containers
    import structlog  # noqa: F401
