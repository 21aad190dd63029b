"""Layers: offers, allotments, caps, margins, price chains."""
