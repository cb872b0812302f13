"""What is known of the network and its alternatives, and the choice between them."""
