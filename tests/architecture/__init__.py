"""Tests that hold the shape of the code."""
