"""Clocks, the measuring protocol and the engines: latency and memory of a call."""
