"""Amazon SQS, or a server with its protocol."""
