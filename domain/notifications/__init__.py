"""What people are told outside the app: e-mails made from templates, and a log of them."""
