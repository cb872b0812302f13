"""What a network computes and why: activations, receptive fields, attribution, interventions."""
