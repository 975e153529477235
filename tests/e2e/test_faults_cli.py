"""Known faults of the first Lockplane which show at its command line; rows are in faults.toml."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]


def test_what_is_printed_is_valid_from_any_folder(lockplane: Shell) -> None:
    lockplane.write("s.lp.sql", "CREATE TABLE t (id INT PRIMARY KEY, a TEXT UNIQUE);\n")
    words = ("--db", "app.db", "--to", "s.lp.sql")
    lockplane.save("plan.json", "plan", *words)
    lockplane("apply", "--auto-approve", *words).succeeded()
    lockplane.save("schema.json", "introspect", "app.db")
    here, lockplane.folder = lockplane.folder, Path("/")
    lockplane("validate", "schema", here / "schema.json").succeeded()
    lockplane("validate", "plan", here / "plan.json").succeeded()
    lockplane("validate", "schema", here / "plan.json").refused("is a plan")
    lockplane("validate", "plan", here / "schema.json").refused("is schema JSON")


def test_the_order_of_files_and_of_hashes_changes_no_byte(pg: Shell) -> None:
    parts = (
        "CREATE TABLE a (id int PRIMARY KEY, b int);\n",
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);\nCREATE INDEX x ON b (a);\n",
        "ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;\n",
    )
    for number, part in enumerate(parts):
        pg.write(f"one/{number}.lp.sql", part)
        pg.write(f"other/{9 - number}.lp.sql", part)
    one = pg("plan", "--to", "one", PYTHONHASHSEED="1").succeeded()
    other = pg("plan", "--to", "other", PYTHONHASHSEED="2").succeeded()
    steps = one.json["steps"]
    assert [step["sql"] for step in steps] == [step["sql"] for step in other.json["steps"]]
    assert one.json["target_hash"] == other.json["target_hash"]


def test_no_password_is_in_what_is_said_logged_or_stored(
    project: Shell, as_user: Callable[..., str], sql: Sql, server: str
) -> None:
    ((name,),) = sql("select current_user")
    project.env |= {"DATABASE_URL": as_user(name, "s3cret"), "SHADOW_DATABASE_URL": server}
    said = ""
    for words in (
        ("plan", "-v", "--to", "schema.lp.sql", "--out", "plan.json"),
        ("apply", "-v", "--plan", "plan.json"),
        ("doctor",),
        ("diff", "-v", project.env["DATABASE_URL"], "nosuch.lp.sql"),
    ):
        done = project(*words)
        said += done.out + done.err
    stored = "".join(p.read_text("utf-8") for p in project.folder.rglob("*") if p.is_file())
    assert "Create table users" in said + stored
    assert "s3cret" not in said + stored


def test_a_run_leaves_nothing_in_the_folder_and_is_known_everywhere(lockplane: Shell) -> None:
    here = lockplane.folder
    lockplane.write("s.lp.sql", "CREATE TABLE t (id INT PRIMARY KEY);\n")
    lockplane.save("plan.json", "plan", "--db", "app.db", "--to", "s.lp.sql")
    lockplane("apply", "--plan", "plan.json", "--db", "app.db").succeeded()
    assert sorted(path.name for path in here.iterdir()) == ["app.db", "plan.json", "s.lp.sql"]
    lockplane.folder = Path("/")
    lockplane("apply", "--plan", here / "plan.json", "--db", here / "app.db").refused("already")


def test_commands_that_only_the_old_documents_knew_work(lockplane: Shell) -> None:
    lockplane("init", "--yes").succeeded()
    lockplane.write("s.lp.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);\n")
    lockplane("validate", "schema", "s.lp.sql").succeeded()
    lockplane("plan", "--from", "s.lp.sql", "--to", "s.lp.sql", "--validate").succeeded()


def test_a_path_that_a_shell_would_run_is_only_a_path(lockplane: Shell) -> None:
    name = "$(touch ran); touch ran & `touch ran`.lp.sql"
    lockplane.write(name, "CREATE TABLE t (id INT PRIMARY KEY);\n")
    for words in (
        ("validate", "sql", name),
        ("convert", "--input", name, "--dialect", "sqlite"),
        ("convert", "--input", f"exec:cat {shlex.quote(name)}", "--dialect", "sqlite"),
    ):
        lockplane(*words).succeeded()
    assert [path.name for path in lockplane.folder.iterdir()] == [name]
