"""Amazon SQS, or whatever speaks its protocol."""
