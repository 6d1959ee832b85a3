import os
import subprocess
import sys


def test_twenty_thousand_hostile_bodies_are_kept_and_harm_nobody():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    fuzz = [sys.executable, "-m", "tests.fuzz", "--bodies", "20000", "--seed", "1"]

    done = subprocess.run(fuzz, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "20,000 bodies, 0 failed" in done.stdout
