"""Our own imitation of Stripe, for tests and for trying the rail without an account anywhere; it is not Stripe's."""
