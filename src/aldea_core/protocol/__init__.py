"""The public protocol as pure functions: parameters in, frames and answers out, for both of its ends."""
