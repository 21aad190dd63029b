"""The tamper-evident log: events, sealing, Merkle tree, checkpoints, proofs."""
