"""Stories against a whole running platform."""
