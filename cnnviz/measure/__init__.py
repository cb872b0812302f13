"""How quick a network is and how much memory it takes: the protocol, its process, what is kept."""
