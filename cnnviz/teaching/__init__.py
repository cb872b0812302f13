"""Material for learners: exercises whose answers are computed from the network on the screen."""
