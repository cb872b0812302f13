"""Results that several pages show, computed once for the whole server."""
