"""Audio, what is asked of it, and the text it becomes."""
