"""Measure latency and memory: command, process, static costs, times per layer."""
