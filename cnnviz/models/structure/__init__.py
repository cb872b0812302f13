"""What a network is made of, without data: trace, counts, graph, shapes, rewrites."""
