"""`lockplane version`."""

from __future__ import annotations

import platform

import click
import msgspec

from lockplane_core import __version__
from lockplane_core.cli import exit_codes, output


@click.command("version")
def command() -> int:
    """Print the version, the commit it was installed from, and what runs it."""
    output.answer(f"lockplane {__version__}")
    output.answer(f"commit: {_commit() or 'not recorded'}")
    output.answer(
        f"python: {platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    return exit_codes.DONE


class _Checkout(msgspec.Struct):
    commit_id: str = ""


class _Origin(msgspec.Struct):
    """What pip writes of an installation from a repository (PEP 610)."""

    vcs_info: _Checkout = msgspec.field(default_factory=_Checkout)


def _commit() -> str:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        text = distribution("lockplane-core").read_text("direct_url.json")
        return msgspec.json.decode(text or "{}", type=_Origin).vcs_info.commit_id
    except (PackageNotFoundError, msgspec.MsgspecError):
        return ""
