"""What runs beside the proxies, on the other cores: the load, and the engine behind the proxies."""
