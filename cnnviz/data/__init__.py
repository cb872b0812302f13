"""Load and preprocess digits, canvases, drawings and photographs."""
