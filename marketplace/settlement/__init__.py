"""Terms, earnings, installments, holds, statements; the acceptance of answers."""
