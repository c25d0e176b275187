"""The smart home skill: a virtual home by default; everything in Home Assistant's words."""

from skills.smart_home.action import SmartHomeAction
from skills.smart_home.provider import Device, DeviceState, Home, HomeProvider, Room
from skills.smart_home.virtual import VirtualHome

__all__ = ["Device", "DeviceState", "Home", "HomeProvider", "Room", "SmartHomeAction", "VirtualHome"]
