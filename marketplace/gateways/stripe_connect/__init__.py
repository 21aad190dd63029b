"""The Stripe Connect rail; the only place that knows the stripe library."""
