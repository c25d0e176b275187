"""The booking skill: sample restaurants in SQLite by default, with real bookings."""

from skills.booking.action import BookingAction
from skills.booking.calendar_export import to_ics
from skills.booking.provider import Booking, BookingProvider, Request, Venue
from skills.booking.sqlite import SqliteBookings

__all__ = ["Booking", "BookingAction", "BookingProvider", "Request", "SqliteBookings", "Venue", "to_ics"]
