"""Pickers whose choice stands in the address: network, image, layer, channel, view."""
