"""Jobs, rate cards, items, guidelines, funding and commitment of the reserve."""
