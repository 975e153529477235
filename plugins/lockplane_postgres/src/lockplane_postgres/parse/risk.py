"""Risks: what in foreign SQL reaches beyond the database that it runs in.

Judged by statement class, and by the functions that are called anywhere in it. What can not be
judged (a DO block, SQL put together while it runs, text that does not parse) is a risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lockplane_postgres.parse.bodies import plpgsql_parts
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.places import Places
from lockplane_postgres.parse.scripts import read_script
from lockplane_postgres.parse.tree import plain, statements_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_postgres.parse.tree import RawStatement

Json = dict[str, Any]


class Risk(NamedTuple):
    """What is risky, and its line."""

    line: int
    words: str

    def __str__(self) -> str:
        """In words; the line only where it is not the first, as in a single statement."""
        return f"{self.words}, in line {self.line}" if self.line > 1 else self.words


def find_risks(sql: str) -> tuple[str, ...]:
    """The risks of a text in words, in the order of their lines."""
    return tuple(dict.fromkeys(str(risk) for risk in sorted(_risks(sql))))


def find_outward(sql: str) -> tuple[str, ...]:
    """What would connect to a publisher, or keep a database from being dropped."""
    return tuple(words for words in find_risks(sql) if words.startswith(_SUBSCRIBING))


def _risks(sql: str) -> Iterator[Risk]:
    whole = _judged(sql, 1)
    if whole is not None:
        yield from whole
        return
    found = read_script(sql)
    for note in (*found.refused, *found.notices):
        if note.risky:
            yield Risk(note.line, note.words)
    for text, line in found.statements:
        part = _judged(text, line)
        yield from part if part is not None else [Risk(line, "a statement that does not parse")]


def _judged(sql: str, first_line: int) -> list[Risk] | None:
    """The risks of a text, whose first line has a number; None if it does not parse."""
    from pglast.parser import ParseError

    text = sql.encode(errors="replace").decode()
    if "\0" in text:
        return None
    try:
        statements = statements_of(text)
    except ParseError:
        return None
    except RecursionError:
        return [Risk(first_line, "an expression too deep to be judged")]
    places = Places("", text)
    judge = _Judge(text, places, first_line - 1)
    return [risk for raw in statements for risk in judge.statement(raw, places.size)]


class _Judge:
    """Judges the statements of one text."""

    def __init__(self, text: str, places: Places, lines_before: int) -> None:
        self.text = text
        self.places = places
        self.lines_before = lines_before

    def statement(self, raw: RawStatement, end: int) -> Iterator[Risk]:
        """The risks of a statement."""
        tree = plain(raw.tree)
        if tree is None:
            yield self._risk(raw.start, "an expression too deep to be judged")
            return
        if raw.tag == "CreateFunctionStmt":
            sql = self.places.cut(raw.start, raw.start + raw.length if raw.length else end)
            yield from self._routine(tree, raw.start, sql)
        for found in _within(raw.tag, tree):
            yield self._risk(max(found.location, raw.start), found.words)

    def _risk(self, offset: int, words: str) -> Risk:
        return Risk(self.places.span(offset).line + self.lines_before, words)

    def _routine(self, tree: Json, start: int, sql: str) -> Iterator[Risk]:
        """A routine can be called later in the script, or by a trigger: its body counts."""
        options = {
            option["DefElem"]["defname"]: option["DefElem"] for option in tree.get("options", ())
        }
        language = _string(options.get("language", {}).get("arg", {})) or "sql"
        if language not in _TRUSTED:
            where = options["language"].get("location", start)
            yield self._risk(where, f"a function in language {language}, which is not trusted")
        source = options.get("as")
        if source is not None:
            line = self._risk(source.get("location", start), "").line
            body = _string(source.get("arg", {}))
            yield from (Risk(line, words) for words in _body_risks(language, body, sql))


class _Found(NamedTuple):
    words: str
    location: int = 0


def _within(tag: str, node: Any) -> Iterator[_Found]:
    """The risks of a node of the syntax tree and of all below it."""
    pending: list[tuple[str, Any]] = [(tag, node)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, list):
            pending += [(key, item) for item in value]
        elif isinstance(value, dict):
            words = _CLASSES.get(key) or (_JUDGES[key](value) if key in _JUDGES else "")
            if words:
                location = value.get("location")  # of a tablespace, that is its folder
                yield _Found(words, location if isinstance(location, int) else 0)
            pending += value.items()


# -- statements --------------------------------------------------------------------------------

_OF_CLUSTER = "{} (it belongs to the whole cluster)"
_OUTWARD = "{} (it reaches other servers)"
_CLASSES = {
    "AlterDatabaseRefreshCollStmt": _OF_CLUSTER.format("ALTER DATABASE"),
    "AlterDatabaseSetStmt": _OF_CLUSTER.format("ALTER DATABASE"),
    "AlterDatabaseStmt": _OF_CLUSTER.format("ALTER DATABASE"),
    "AlterRoleSetStmt": _OF_CLUSTER.format("ALTER ROLE"),
    "AlterRoleStmt": _OF_CLUSTER.format("ALTER ROLE"),
    "AlterSystemStmt": "ALTER SYSTEM (it configures the whole server)",
    "AlterTableMoveAllStmt": _OF_CLUSTER.format("ALTER … ALL IN TABLESPACE"),
    "AlterTableSpaceOptionsStmt": _OF_CLUSTER.format("ALTER TABLESPACE"),
    "CheckPointStmt": "CHECKPOINT (it is about the whole server)",
    "CreateRoleStmt": _OF_CLUSTER.format("CREATE ROLE"),
    "CreateTableSpaceStmt": _OF_CLUSTER.format("CREATE TABLESPACE"),
    "CreatedbStmt": _OF_CLUSTER.format("CREATE DATABASE"),
    "DropOwnedStmt": _OF_CLUSTER.format("DROP OWNED"),
    "DropRoleStmt": _OF_CLUSTER.format("DROP ROLE"),
    "DropTableSpaceStmt": _OF_CLUSTER.format("DROP TABLESPACE"),
    "DropdbStmt": _OF_CLUSTER.format("DROP DATABASE"),
    "GrantRoleStmt": _OF_CLUSTER.format("GRANT or REVOKE of a role"),
    "ReassignOwnedStmt": _OF_CLUSTER.format("REASSIGN OWNED"),
    "AlterSubscriptionStmt": _OUTWARD.format("ALTER SUBSCRIPTION"),
    "AlterForeignServerStmt": _OUTWARD.format("ALTER SERVER"),
    "AlterUserMappingStmt": _OUTWARD.format("ALTER USER MAPPING"),
    "CreateFdwStmt": _OUTWARD.format("CREATE FOREIGN DATA WRAPPER"),
    "CreateForeignServerStmt": _OUTWARD.format("CREATE SERVER"),
    "CreateForeignTableStmt": _OUTWARD.format("CREATE FOREIGN TABLE"),
    "CreateSubscriptionStmt": _OUTWARD.format("CREATE SUBSCRIPTION"),
    "CreateUserMappingStmt": _OUTWARD.format("CREATE USER MAPPING"),
    "DropSubscriptionStmt": _OUTWARD.format("DROP SUBSCRIPTION"),
    "ImportForeignSchemaStmt": _OUTWARD.format("IMPORT FOREIGN SCHEMA"),
    "CreatePLangStmt": "CREATE LANGUAGE (it runs code in the server)",
    "DoStmt": "a DO block (what it runs can not be known)",
    "LoadStmt": "LOAD (it runs a library in the server)",
}
"""Classes of statements that are risks whatever they say."""

_SUBSCRIBING = tuple(words for tag, words in _CLASSES.items() if "Subscription" in tag)
_SHARED = frozenset({"OBJECT_DATABASE", "OBJECT_PARAMETER_ACL", "OBJECT_ROLE", "OBJECT_TABLESPACE"})
_IDENTITY = frozenset({"role", "session_authorization"})
_TRUSTED = frozenset({"sql", "plpgsql", "plperl", "pltcl", "plv8"})
_TWO_PHASES = frozenset(
    {"TRANS_STMT_PREPARE", "TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_ROLLBACK_PREPARED"}
)


def _copy(node: Json) -> str:
    if node.get("is_program"):
        return "COPY … PROGRAM (it runs a program on the server's machine)"
    if node.get("filename"):
        return "COPY with a file (on the server's machine)"
    return _catalog_change(node) if node.get("is_from") else ""


def _about_shared(node: Json) -> str:
    types = {str(node.get(key)) for key in ("objtype", "objectType", "renameType")}
    shared = sorted(types & _SHARED)
    noun = shared[0].removeprefix("OBJECT_").removesuffix("_ACL") if shared else ""
    return _OF_CLUSTER.format(f"a statement about a {noun}") if shared else ""


def _setting(node: Json) -> str:
    if node.get("name") in _IDENTITY:
        return f"SET {node['name'].upper().replace('_', ' ')} (it acts as another role)"
    return ""


def _transaction(node: Json) -> str:
    two_phases = node.get("kind") in _TWO_PHASES
    return "PREPARE TRANSACTION (it outlives the session)" if two_phases else ""


def _extension(node: Json) -> str:
    name = str(node.get("extname", ""))
    untrusted = name.startswith("pl") and name.endswith("u")
    return f"CREATE EXTENSION {name} (an untrusted language)" if untrusted else ""


def _catalog_change(node: Json) -> str:
    relation = node.get("relation", {})
    schema, name = relation.get("schemaname", ""), relation.get("relname", "")
    if schema == "pg_catalog" or (not schema and name.startswith("pg_")):
        return f"a change of the system catalog {name}"
    return ""


def _call(node: Json) -> str:
    names = [word.get("String", {}).get("sval", "") for word in node.get("funcname", ())]
    name = names[-1] if names else ""
    words = _call_words(name)
    if words:
        return f"{name}() ({words})"
    if name == "set_config":
        first: Json = next(iter(node.get("args", ())), {})
        setting = first.get("A_Const", {}).get("sval", {}).get("sval")
        if setting is None or setting.lower() in _IDENTITY:
            return f"set_config() of {setting or 'what can not be known'}"
    return ""


_JUDGES: dict[str, Callable[[Json], str]] = {
    "AlterOwnerStmt": _about_shared,
    "CommentStmt": _about_shared,
    "GrantStmt": _about_shared,
    "RenameStmt": _about_shared,
    "SecLabelStmt": _about_shared,
    "CopyStmt": _copy,
    "CreateExtensionStmt": _extension,
    "DeleteStmt": _catalog_change,
    "InsertStmt": _catalog_change,
    "MergeStmt": _catalog_change,
    "UpdateStmt": _catalog_change,
    "FuncCall": _call,
    "funccall": _call,
    "TransactionStmt": _transaction,
    "VariableSetStmt": _setting,
}

# -- functions ---------------------------------------------------------------------------------

_FILES = "files of the server's machine"
_SERVER = "it acts on the whole server"
_TEXT = "it runs SQL that it is given as text"
_NETWORK = "it reaches other servers"
_CALLS = {
    **dict.fromkeys(
        ("lo_import", "lo_export", "pg_read_file", "pg_read_binary_file", "pg_stat_file",
         "pg_current_logfile", "pg_rotate_logfile", "pg_logdir_ls", "pg_hba_file_rules",
         "pg_ident_file_mappings", "pg_show_all_file_settings"), _FILES),
    **dict.fromkeys(
        ("pg_cancel_backend", "pg_terminate_backend", "pg_reload_conf", "pg_promote",
         "pg_switch_wal", "pg_create_restore_point", "pg_backup_start", "pg_backup_stop",
         "pg_start_backup", "pg_stop_backup", "pg_wal_replay_pause", "pg_wal_replay_resume",
         "pg_create_physical_replication_slot", "pg_create_logical_replication_slot",
         "pg_copy_physical_replication_slot", "pg_copy_logical_replication_slot",
         "pg_drop_replication_slot", "pg_replication_slot_advance", "pg_sync_replication_slots",
         "pg_log_standby_snapshot", "pg_log_backend_memory_contexts", "pg_stat_reset_shared",
         "pg_logical_emit_message"), _SERVER),
    **dict.fromkeys(
        ("query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "ts_stat",
         "ts_rewrite", "connectby", "xpath_table"), _TEXT),
}  # fmt: skip
_PREFIXES = {
    "pg_ls_": _FILES,
    "pg_file_": _FILES,
    "pg_logical_slot_": _SERVER,
    "pg_replication_origin_": _SERVER,
    "crosstab": _TEXT,
    "dblink": _NETWORK,
    "http_": _NETWORK,
}


def _call_words(name: str) -> str:
    """What a function does that is a risk; empty for any other."""
    prefixed = (words for prefix, words in _PREFIXES.items() if name.startswith(prefix))
    return _CALLS.get(name) or next(prefixed, "")


# -- bodies ------------------------------------------------------------------------------------


def _body_risks(language: str, body: str, sql: str) -> Iterator[str]:
    """The risks of a routine's source text."""
    if language == "sql":
        yield from (risk.words for risk in _risks(body))
    elif language == "plpgsql":
        parts = plpgsql_parts(sql)
        if parts is None:
            yield "a function with a body that can not be judged"
        for part in parts or ():
            if not part.is_type:
                yield from (risk.words for risk in _judged(part.text, 1) or ())
        if any(_is_word(body, token.start, token.end, "execute") for token in tokens(body)):
            yield "a function that runs SQL put together while it runs (EXECUTE)"


def _is_word(text: str, start: int, end: int, word: str) -> bool:
    return end - start == len(word) and text[start:end].lower() == word


def _string(value: Json) -> str:
    items = value.get("List", {}).get("items", ()) if "List" in value else (value,)
    return next((str(item.get("String", {}).get("sval", "")) for item in items), "")
