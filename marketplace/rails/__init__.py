"""The rail port (funds in, payouts out) and the inbox of rail events."""
