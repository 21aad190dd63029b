"""REST for organizations: requesters, subcontractors, finance, integrators."""
