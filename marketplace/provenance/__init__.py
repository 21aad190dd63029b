"""Price chains and bundles for readers, margin reports, the self-audit."""
