"""The pages, one subject a file: handlers, and the routes that lead to them."""
