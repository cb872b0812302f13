"""Components that several pages share, with their front end."""
