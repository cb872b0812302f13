"""This machine: atomic files, hardware, library versions, command-line errors, a stopwatch."""
