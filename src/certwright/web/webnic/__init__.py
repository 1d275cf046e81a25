"""WebNIC's RESTful v2 dialect of the order book: the SSL API and the few reseller calls that it needs."""
