"""The pure heart of Aldea: what it knows, decides and does, without any input or output."""
