"""Statements that every table of the directory has alike."""

_KEY = " WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid"


def insert(table: str, columns: str) -> bytes:
    """Return the statement that stores a row."""
    values = ", ".join(f"%({name})s" for name in _names(columns))
    return f"INSERT INTO {table} ({columns}) VALUES ({values})".encode()


def update(table: str, columns: str, *, key: str = _KEY, beside: str = "") -> bytes:
    """Return the statement that stores the next version of a row; `beside` is set too."""
    values = ", ".join(f"{name} = %({name})s" for name in _names(columns))
    return f"UPDATE {table} SET {values}{beside}{key}".encode()


def select_one(table: str, columns: str) -> str:
    """Return the query for one row by its id."""
    return f"SELECT {columns} FROM {table}{_KEY}"


def _names(columns: str) -> list[str]:
    return [name.strip() for name in columns.split(",")]
