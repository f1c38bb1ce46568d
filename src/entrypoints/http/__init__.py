"""The server side of HTTP that services share: fast path, fallback, metrics, refusals."""
