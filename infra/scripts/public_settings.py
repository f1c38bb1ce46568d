"""
Prints the dashboard's public settings as build arguments, in the form of a workflow's output.

They are a JSON object in the secret PREFIX/frontend-public. Names other than NEXT_PUBLIC_* are
refused: whatever is built into a page is public.

    python infra/scripts/public_settings.py --prefix staging-ws-proxy >> "$GITHUB_OUTPUT"
"""

import argparse
import json
import re

import boto3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n\n")[0])
    parser.add_argument("--prefix", required=True)
    arguments = parser.parse_args()
    secret = boto3.client("secretsmanager").get_secret_value(
        SecretId=f"{arguments.prefix}/frontend-public"
    )
    print(output(secret["SecretString"]))


def output(text: str) -> str:
    """
    Raises:
        SystemExit: A name or a value cannot be a public setting.
    """
    settings = json.loads(text)
    for name, value in settings.items():
        if re.fullmatch(r"NEXT_PUBLIC_[A-Z0-9_]+", name) is None:
            raise SystemExit(f"public_settings: {name} is not NEXT_PUBLIC_…")
        if "\n" in str(value):
            raise SystemExit(f"public_settings: the value of {name} has several lines")
    lines = [f"{name}={value}" for name, value in sorted(settings.items())]
    return "\n".join(["arguments<<END_OF_ARGUMENTS", *lines, "END_OF_ARGUMENTS"])


if __name__ == "__main__":
    main()
