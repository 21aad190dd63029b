"""The vocabulary of the product as plain values: no input, no output, no database."""
