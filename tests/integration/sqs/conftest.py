"""The SQS server for these tests."""

from tests.servers.sqs import org_sync_queue_url, sqs


__all__ = ["org_sync_queue_url", "sqs"]
