"""Page Compare: charts of cost, latency and work per layer."""
