"""The made-up city with its truth; see :func:`warning.demo.city.make_city`."""
