"""A client's address, behind any number of trusted proxies."""

from collections.abc import Iterable


_LONGEST = 64


def client_address(forwarded_for: Iterable[str], peer: str | None, proxies: int) -> str:
    """
    As the outermost trusted proxy saw it: what stands before that in the header is the client's word.

    Args:
        forwarded_for: Each X-Forwarded-For of the request.
        peer: The address at the other end of the connection.
        proxies: How many trusted proxies add to the header. If it has fewer addresses, the request
            came past them, and *peer* counts.

    Returns:
        Printable, and 64 characters at most.
    """
    seen = [part.strip() for value in forwarded_for for part in value.split(",")]
    address = seen[-proxies] if 0 < proxies <= len(seen) else peer or ""
    return "".join(filter(str.isprintable, address))[:_LONGEST]
