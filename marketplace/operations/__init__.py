"""Long work: asked for in a request, done by whichever process is free, followed and cancelled by its id."""
