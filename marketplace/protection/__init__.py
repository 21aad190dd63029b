"""What protects workers beyond the rules of claims: paid recovery, wage floors, measured pay, decisions in words."""
