"""How well a worker does, by kind of labeling: reckoned from fresh answers, shown to the worker, asked for by jobs."""
