"""Measurements of training; nothing imports them."""
