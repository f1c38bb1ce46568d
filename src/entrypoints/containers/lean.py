"""
Loads libraries without others that are optional to them. Aldea's own processes import this first.

If they find them, both load libraries for uses that Aldea does not have: rich for tracebacks in colour
(structlog); formats and frameworks to configure from and inject into (dependency_injector). They take
up to a third of the time in which a command starts. An application that embeds Aldea may have these uses.
"""

from adapters.system.lean import without


with without("pydantic", "pydantic_settings", "rich", "starlette", "werkzeug", "yaml"):
    import dependency_injector.containers
    import dependency_injector.providers  # noqa: F401
    import structlog  # noqa: F401
