"""What makes the pages one application: navigation, caches, background jobs, warm-up."""
