"""Cached results that several pages show: loaded networks, layer outputs, attributions."""
