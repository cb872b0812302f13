"""Page Photographs."""
