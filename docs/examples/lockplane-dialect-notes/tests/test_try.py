from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "try.sh"


def test_the_commands_of_the_docs_run(tmp_path):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["sh", "-eu", str(SCRIPT)]
    environment = {**os.environ, "PATH": path}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert list((tmp_path / "cupboard").iterdir()) == []
