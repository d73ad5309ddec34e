"""Addresses between the contract and the domain."""

from google.type import latlng_pb2

from campotech.type.v1 import address_pb2
from domain.addresses import E7, Address, Coordinates


def address_to_proto(address: Address | None) -> address_pb2.Address | None:
    """Print an address; None stays unset."""
    if address is None:
        return None
    place = address.coordinates
    location = None
    if place is not None:
        location = latlng_pb2.LatLng(
            latitude=place.latitude_e7 / E7, longitude=place.longitude_e7 / E7
        )
    return address_pb2.Address(
        street_address=address.street_address,
        locality=address.locality,
        province=address.province,
        postal_code=address.postal_code,
        location=location,
    )


def address_from_proto(message: address_pb2.Address) -> Address:
    """Read an address."""
    coordinates = None
    if message.HasField("location"):
        coordinates = Coordinates.from_degrees(
            message.location.latitude, message.location.longitude
        )
    return Address(
        street_address=message.street_address,
        locality=message.locality,
        province=message.province,
        postal_code=message.postal_code,
        coordinates=coordinates,
    )
