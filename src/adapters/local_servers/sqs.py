"""
Starts an SQS server: moto's, in a process of its own, on loopback.

Its queues are in memory and lost at a restart, after which Redis must be filled again.

    server = LocalSqs(Path("data/sqs"))
    server.start()
    url = server.create_queue("local-ws-proxy-org-sync")    # with its dead-letter queue
    server.stop()

Clients need its access key, a secret in its folder: moto checks no signatures, and without the key
any user of this machine could send messages.
"""

import hmac
import importlib.util
import json
import logging
import signal
import socket
import subprocess
import sys

from pathlib import Path
from typing import Any

import attrs

from typing_extensions import override

from adapters.local_servers.server import (
    CannotStart,
    LocalServer,
    OnSpawn,
    free_port,
    kept_secret,
    spawn,
    unnoticed,
    wait_until_up,
)
from adapters.system.private import private_folder


MOST_DELIVERIES = 5
VISIBILITY_SECONDS = 30


def queue_name(env: str) -> str:
    """Name of the queue of org changes in a deployment."""
    return f"{env}-ws-proxy-org-sync"


@attrs.define
class LocalSqs(LocalServer):
    stop_seconds = 5.0

    folder: Path
    port: int = 0
    on_spawn: OnSpawn = unnoticed
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, str]:
        """Credentials for its clients, as environment variables of boto3."""
        return {
            "AWS_ACCESS_KEY_ID": kept_secret(self._key_file),
            "AWS_SECRET_ACCESS_KEY": "unchecked",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    @property
    def _key_file(self) -> Path:
        return self.folder / "access_key"

    @override
    def start(self) -> None:
        """
        Starts the server and waits until it accepts connections.

        Raises:
            CannotStart: The server does not start.
        """
        private_folder(self.folder)
        self.port = self.port or free_port()
        if not all(importlib.util.find_spec(name) for name in ("moto", "flask")):
            raise CannotStart("There is no SQS server. It comes with: pip install 'aldea[full]'")
        kept_secret(self._key_file)
        command = [sys.executable, "-m", __name__, str(self.port), str(self._key_file)]
        self.process = spawn(command, self.log, self.on_spawn)
        wait_until_up(self, "The SQS server", self._answers)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def create_queue(
        self,
        name: str,
        *,
        most_deliveries: int = MOST_DELIVERIES,
        visibility_seconds: int = VISIBILITY_SECONDS,
    ) -> str:
        """
        Creates a queue and its dead-letter queue, `NAME-dlq`, if missing. Returns the queue's URL.

        Args:
            most_deliveries: Failed deliveries after which a message is moved to the dead-letter
                queue.
            visibility_seconds: Visibility timeout of a received message.
        """
        sqs = self.connection()
        aside = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=aside, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": found["Attributes"]["QueueArn"],
            "maxReceiveCount": str(most_deliveries),
        }
        made = sqs.create_queue(
            QueueName=name,
            Attributes={
                "VisibilityTimeout": str(visibility_seconds),
                "RedrivePolicy": json.dumps(redrive),
            },
        )
        return str(made["QueueUrl"])

    def connection(self) -> Any:
        """boto3's client of this server."""
        import boto3  # noqa: PLC0415 (it takes a while to load)

        credentials = self.credentials
        session = boto3.Session(
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            region_name=credentials["AWS_DEFAULT_REGION"],
        )
        return session.client("sqs", endpoint_url=self.url)


def serve(port: int, access_key: str) -> None:
    """
    Runs the server in this process until SIGTERM.

    Args:
        access_key: The access key that requests must name. Signatures are not checked.
    """
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 (only this process needs it)
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it logs every request
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", port, only_with(access_key, app), threaded=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


def only_with(access_key: str, app: Any) -> Any:
    """
    Wraps the WSGI application *app*: refuses requests without *access_key* (AWS Signature Version
    4).
    """

    def guarded(environ: dict[str, Any], start: Any) -> Any:
        _, _, after = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")
        if hmac.compare_digest(after.partition("/")[0].encode(), access_key.encode()):
            return app(environ, start)
        start("403 Forbidden", [("Content-Type", "application/x-amz-json-1.0")])
        return [b'{"__type": "InvalidClientTokenId", "message": "This is not its access key."}']

    return guarded


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]).read_text())
