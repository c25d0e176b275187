"""A booking as an iCalendar file, for any calendar program."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from skills.booking.provider import Booking

_STAY = timedelta(hours=2)


def to_ics(booking: Booking, zone: tzinfo, now: datetime) -> str:
    """Return the booking as iCalendar text; its times are in ``zone``, ``now`` is when it was exported."""
    from icalendar import Calendar, Event  # Only exports need it.

    start = datetime.fromisoformat(f"{booking.day}T{booking.time}").replace(tzinfo=zone)
    event = Event()
    event.add("uid", f"{booking.reference}@factotum")
    event.add("summary", f"{booking.venue}, {booking.people} people")
    event.add("location", booking.venue)
    event.add("description", f"Booking {booking.reference} (sample data)")
    event.add("dtstart", start)
    event.add("dtend", start + _STAY)
    event.add("dtstamp", now)
    event.add("status", "CANCELLED" if booking.cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//factotum//booking//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return str(calendar.to_ical().decode("utf-8"))
