"""
Waits for the registry's scan of an image, and fails if it found something critical.

    python infra/scripts/scan_image.py --prefix dev-ws-proxy --service backend --tag COMMIT
"""

import argparse
import time

from typing import Any

import boto3


_POLL_SECONDS = 10.0
_TRIES = 60
_FATAL = ("CRITICAL",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n\n")[0])
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--service", required=True)
    parser.add_argument("--tag", required=True)
    arguments = parser.parse_args()
    repository = f"{arguments.prefix}/{arguments.service}"
    counts = findings(boto3.client("ecr"), repository, arguments.tag)
    print(f"{repository}: {counts or 'nothing found'}")
    if any(counts.get(severity) for severity in _FATAL):
        raise SystemExit(f"scan_image: {repository} has critical findings")


def findings(
    registry: Any, repository: str, tag: str, poll_seconds: float = _POLL_SECONDS
) -> dict[str, int]:
    """
    Findings by severity.

    Raises:
        SystemExit: The scan failed or does not end.
    """
    for _ in range(_TRIES):
        try:
            answer = registry.describe_image_scan_findings(
                repositoryName=repository, imageId={"imageTag": tag}
            )
        except registry.exceptions.ScanNotFoundException:
            answer = {"imageScanStatus": {"status": "PENDING"}}
        match answer["imageScanStatus"]["status"]:
            case "COMPLETE" | "ACTIVE":
                counts: dict[str, int] = answer["imageScanFindings"].get(
                    "findingSeverityCounts", {}
                )
                return counts
            case "PENDING" | "IN_PROGRESS":
                time.sleep(poll_seconds)
            case status:
                raise SystemExit(f"scan_image: the scan of {repository} is {status}")
    raise SystemExit(f"scan_image: the scan of {repository} does not end")


if __name__ == "__main__":
    main()
