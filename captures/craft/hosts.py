"""The addresses that crafted connections use, all from the ranges set aside for documentation."""

from .connection import End

SERVICE = 8765


def client(number: int, port: int = 40000, address_id: int | None = None) -> End:
    """Client address 192.0.2.number; number 1 is the first subflow's and has Address ID 0."""
    return End(f"192.0.2.{number}", port, number - 1 if address_id is None else address_id)


def server(number: int, port: int = SERVICE, address_id: int | None = None) -> End:
    """Server address 198.51.100.number; number 1 is the first subflow's and has Address ID 0."""
    return End(f"198.51.100.{number}", port, number - 1 if address_id is None else address_id)


def client6(number: int, port: int = 40000, address_id: int | None = None) -> End:
    """Client address 2001:db8:c::number."""
    return End(f"2001:db8:c::{number:x}", port, number - 1 if address_id is None else address_id)


def server6(number: int, port: int = SERVICE, address_id: int | None = None) -> End:
    """Server address 2001:db8:5::number."""
    return End(f"2001:db8:5::{number:x}", port, number - 1 if address_id is None else address_id)
