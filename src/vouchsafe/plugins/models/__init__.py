"""Language models of providers, each a translation of request and reply. Only `governance/routing.py` sends them."""
