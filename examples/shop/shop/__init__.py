"""A small web service: products, orders, accounts."""
