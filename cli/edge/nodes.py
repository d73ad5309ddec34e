"""The pieces that Envoy's configuration is built from."""

Node = dict[str, object]

TYPES = "type.googleapis.com/envoy."


def typed(kind: str, **options: object) -> Node:
    return {"@type": f"{TYPES}{kind}", **options}


def socket_address(address: str, port: int) -> Node:
    return {"socket_address": {"address": address, "port_value": port}}
