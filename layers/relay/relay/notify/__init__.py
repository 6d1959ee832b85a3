"""Notices to people: `decide` turns events into notices, `deliver` takes each to its receiver."""
