"""`python -m planted`: plants the defects, plays the scenes, and sees whether the checker finds each."""

from __future__ import annotations

import argparse
import os
import sys
import time

from checker import Findings
from stage import Stage

from .play import Play
from .scenes import SCENES
from .sources import Defect, NotFound, build, defects


def main() -> int:
    """Prints what caught each defect; ends with 1 when one wasn't caught, or something was found
    without any."""
    arguments = argparse.ArgumentParser(prog="planted", description=__doc__)
    arguments.add_argument("--plant", action="append", metavar="NAME", help="only these")
    arguments.add_argument("--list", action="store_true", help="say which there are")
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked = arguments.parse_args()
    known = defects()
    if asked.list:
        for defect in known:
            print(f"{defect.name:28}{defect.means}")
        return 0
    if unknown := set(asked.plant or ()) - {defect.name for defect in known}:
        arguments.error(f"there is no defect {', '.join(sorted(unknown))}")
    try:
        # One build with all defects, whichever are chosen.
        os.environ["DOSSIER"] = str(build(known))
    except NotFound as error:
        print(error, file=sys.stderr)
        return 1
    print(f"seed {asked.seed}", flush=True)
    chosen = [defect for defect in known if asked.plant is None or defect.name in asked.plant]
    failed = [scene for scene in SCENES if any(d.scene == scene for d in chosen) and not _sound(scene, asked.seed)]
    failed += [defect.name for defect in chosen if not _caught(defect, asked.seed)]
    if failed:
        print(f"not as they must be: {', '.join(failed)}")
    return 1 if failed else 0


def _play(scene: str, defect: str, seed: int) -> Findings:
    with Stage() as stage:
        play = Play(stage, defect, seed)
        SCENES[scene](play)
        return play.check()


def _sound(scene: str, seed: int) -> bool:
    """Whether nothing is found without a defect."""
    found = _play(scene, "none", seed)
    print(f"{'no defect, ' + scene:28}{found.summary['events']:>6} events, "
          f"{len(found.violations)} violations", flush=True)
    for violation in found.violations:
        print(f"    {violation}", flush=True)
    return not found.violations


def _caught(defect: Defect, seed: int) -> bool:
    """Whether one of the invariants that must find it does."""
    found = _play(defect.scene, defect.name, seed).violations
    named = {violation.partition(":")[0] for violation in found}
    caught = [one for one in found if one.partition(":")[0] in defect.caught_by]
    others = ", ".join(sorted(named, key=lambda one: int(one[1:]))) or "nothing"
    print(f"{defect.name:28}{others}", flush=True)
    print(f"    {caught[0] if caught else 'NOT CAUGHT'}", flush=True)
    if not caught:
        for violation in found:
            print(f"    {violation}", flush=True)
    return bool(caught)


if __name__ == "__main__":
    sys.exit(main())
