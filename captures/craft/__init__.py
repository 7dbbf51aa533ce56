"""Builds packets and capture files from octets up, with the Python standard library alone."""
