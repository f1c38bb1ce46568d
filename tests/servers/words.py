"""How near a transcript is to the spoken words."""

import re


def words_in(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def word_error_rate(said: str, transcript: str) -> float:
    """Words to put in, take out or change, for each word said (Levenshtein's distance)."""
    reference, hypothesis = words_in(said), words_in(transcript)
    row = list(range(len(hypothesis) + 1))
    for n, word in enumerate(reference, 1):
        last, row[0] = row[0], n
        for m, other in enumerate(hypothesis, 1):
            last, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, last + (word != other))
    return row[-1] / max(1, len(reference))
