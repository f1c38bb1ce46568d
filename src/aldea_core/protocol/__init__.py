"""The public protocol as pure functions, for client and server: requests, messages and frames."""
