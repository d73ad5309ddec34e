"""What ARCA's two services stand on: tickets, series, and the rules for a voucher."""
