"""This machine: paths, atomic files, hardware, versions, command-line errors, a stopwatch."""
