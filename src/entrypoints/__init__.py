"""What people and platforms start: services, Lambda handlers and the command line."""
