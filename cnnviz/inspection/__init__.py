"""Inspection of one network: activations, receptive fields, attribution, interventions."""
