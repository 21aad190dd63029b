"""What goes over the wire, per resource; `fields.py` holds the kinds of value."""
