"""What the core needs of the world, one need per file."""
