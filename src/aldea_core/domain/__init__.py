"""Facts and decisions: what Aldea knows and how it decides, with nothing of how it is kept or sent."""
