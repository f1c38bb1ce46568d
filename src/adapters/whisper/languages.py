"""The language of a window, where it is to be detected."""

from collections.abc import Collection, Sequence


def likeliest(found: Sequence[tuple[str, float]], candidates: Collection[str]) -> tuple[str, float]:
    """
    The likeliest language of *found*, and its probability.

    Args:
        candidates: Languages that are possible; none means all.
    """
    possible = [item for item in found if item[0] in candidates] or found
    total = sum(probability for _, probability in possible) or 1.0
    language, probability = max(possible, key=lambda item: item[1])
    return language, probability / total
