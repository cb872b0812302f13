"""The building blocks of a report, and their rendering as HTML and Markdown."""
