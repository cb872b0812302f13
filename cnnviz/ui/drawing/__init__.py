"""The drawing pad, the session's drawing and detected boxes (pages Draw and Detect)."""
