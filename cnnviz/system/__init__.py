"""The machine: paths, atomic files, jobs, processes, hardware, versions, argument parser."""
