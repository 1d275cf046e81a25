"""What is true of orders and certificates: frozen values and pure functions, without I/O, framework or clock."""
