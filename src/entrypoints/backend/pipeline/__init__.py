"""The one way of every request: who, may they, what do they want, do it, answer."""
