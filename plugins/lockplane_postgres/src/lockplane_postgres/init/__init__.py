"""What `lockplane init` offers for PostgreSQL: one module for each target."""

from __future__ import annotations

__all__ = ["EXAMPLE"]

EXAMPLE = """\
-- What the database should hold. Say it in CREATE statements, in any files of this folder:
-- `lockplane plan` works out how to get there.
CREATE TABLE users (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);
"""
