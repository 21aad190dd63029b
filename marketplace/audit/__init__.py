"""The tamper-evident log: events, sealing, Merkle tree, signed checkpoints, proofs.

Every change writes its event in its own transaction (`recording`); a sealer gives the
events consecutive leaf numbers in an RFC 6962 tree and signs its head (`sealing`); anyone
entitled reads events and proofs (`queries`); `verifying` walks it all and names the first
record that was altered.
"""
