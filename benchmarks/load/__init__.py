"""What runs beside the proxies, on the other core: the load, and the engine behind them."""
