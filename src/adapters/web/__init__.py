"""Other people's hosts: fetching audio from them and delivering answers to them, guardedly."""
