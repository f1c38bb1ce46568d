"""AWS Lambda functions, with AWS's signatures: `handler(event, context)`."""
