"""
Tells Slack, through the topic that AWS's chat integration reads: no webhook, no key.

    python infra/scripts/notify.py --prefix dev-ws-proxy --title "[dev] deployment succeeded" --text …
"""

import argparse
import json

import boto3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n\n")[0])
    for name in ("--prefix", "--title", "--text"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    account = boto3.client("sts").get_caller_identity()["Account"]
    topics = boto3.client("sns")
    topics.publish(
        TopicArn=f"arn:aws:sns:{topics.meta.region_name}:{account}:{arguments.prefix}-alarms",
        Message=json.dumps(message(arguments.title, arguments.text)),
    )


def message(title: str, text: str) -> dict[str, object]:
    """A custom notification of AWS's chat integration."""
    return {
        "version": "1.0",
        "source": "custom",
        "content": {"textType": "client-markdown", "title": title, "description": text},
    }


if __name__ == "__main__":
    main()
