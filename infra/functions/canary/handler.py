"""
The canary: posts a recording every minute, checks the words, and puts what it saw into CloudWatch.

Standard library only. Metrics leave by the log, in CloudWatch's embedded format.
"""

import json
import os
import time
import urllib.error
import urllib.request

from pathlib import Path
from typing import Any

import boto3


NAMESPACE = "Aldea/Canary"
_RECORDING = Path(__file__).with_name("hello.wav")
_SECONDS = 25  # the function has 30


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    """
    Lambda's entry point; metrics say whether it succeeded.

    Its environment: API_URL, KEY_SECRET (a secret's name), EXPECTED (words, all of which must come).
    """
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["KEY_SECRET"])
    outcome = check(os.environ["API_URL"], secret["SecretString"], os.environ["EXPECTED"].split())
    print(json.dumps(metrics(outcome, time.time())))
    return outcome


def check(url: str, key: str, expected: list[str]) -> dict[str, Any]:
    """Transcribes the recording once: success, seconds, and what went wrong."""
    request = urllib.request.Request(
        f"{url}/v1/listen",
        data=_RECORDING.read_bytes(),
        headers={"Authorization": f"Token {key}", "Content-Type": "audio/wav"},
        method="POST",
    )
    began = time.monotonic()
    reason = ""
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            text = str(json.load(answer)["text"]).lower()
    except urllib.error.HTTPError as error:
        reason = f"status {error.code}"
    except (OSError, ValueError, KeyError) as error:
        reason = type(error).__name__
    else:
        missing = [word for word in expected if word not in text.split()]
        # Words of the project's own recording are nobody's secret.
        reason = f"missing words: {' '.join(missing)}" if missing else ""
    return {
        "success": not reason,
        "milliseconds": round((time.monotonic() - began) * 1000),
        "reason": reason,
    }


def metrics(outcome: dict[str, Any], now: float) -> dict[str, Any]:
    """*outcome* as a line of CloudWatch's embedded metric format."""
    return {
        "_aws": {
            "Timestamp": round(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[]],
                    "Metrics": [
                        {"Name": "TranscriptionLatency", "Unit": "Milliseconds"},
                        {"Name": "TranscriptionSuccess", "Unit": "Count"},
                        {"Name": "TranscriptionErrors", "Unit": "Count"},
                    ],
                }
            ],
        },
        "TranscriptionLatency": outcome["milliseconds"],
        "TranscriptionSuccess": int(outcome["success"]),
        "TranscriptionErrors": int(not outcome["success"]),
        "reason": outcome["reason"],
    }
