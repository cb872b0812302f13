"""Measure latency and memory: command, process, conditions, static costs, times per layer."""
