"""Arrays in, `go.Figure` out; no model and no page is known here."""
