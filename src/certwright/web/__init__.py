"""HTTP in: each dialect translates a request, calls one use case, and translates the answer back."""
