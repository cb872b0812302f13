"""Inspection of one network, from its activations to its response to photographs.

One package each for activations, embedding, receptive fields, unit arithmetic, attribution,
interventions and photographs.
"""
