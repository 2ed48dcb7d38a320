"""Fixtures for all tests."""

from tests.services.fixtures import elasticsearch, kinesalite, kinesis_local, moto

__all__ = ["elasticsearch", "kinesalite", "kinesis_local", "moto"]
