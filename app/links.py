"""The links that let a person in: one for a seat, one for the page that shows every seat of the sample company."""

import datetime as dt

from sqlalchemy import Connection

from workflows import people
from workflows.people import Employee


def signin_link(db: Connection, address: str, employee: Employee, *, now: dt.datetime) -> str:
    """Return a link, good for a week, that signs whoever opens it in as an employee."""
    return f"{address}/signin/{people.new_secret(db, 'signin', employee, now=now)}"


def demo_link(db: Connection, address: str, *, now: dt.datetime) -> str:
    """Return a link, good for 30 days, to the page that shows the whole sample company at work."""
    return f"{address}/demo/{people.new_secret(db, 'demo', None, now=now)}"
