"""Flask glue shared by the faces."""
