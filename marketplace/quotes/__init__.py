"""Rates between currencies: who gives them, those that finance sets, and in which currency payees want to be paid."""
