"""The defects fit the sources as they are."""

from __future__ import annotations

import unittest
from dataclasses import replace

from planted.scenes import SCENES
from planted.sources import ROOT, Edit, NotFound, defects, planted


class Sources(unittest.TestCase):
    """What is checked without a build."""

    def test_every_defect_is_found_in_the_sources_and_has_a_scene(self) -> None:
        known = defects()
        files = planted(known)
        self.assertGreaterEqual(len(known), 12)
        for defect in known:
            with self.subTest(defect.name):
                self.assertIn(defect.scene, SCENES)
                self.assertTrue(defect.caught_by)
                named = [edit for edit in defect.edits if defect.name in files[edit.file]]
                self.assertTrue(named, "nothing asks whether it is in force")

    def test_a_text_missing_in_the_sources_is_named(self) -> None:
        first = defects()[0]
        gone = replace(first, edits=[Edit("Cargo.toml", "nobody wrote this\n", "")])
        with self.assertRaisesRegex(NotFound, f"{first.name}: Cargo.toml .* 0 times.*\n.*nobody wrote"):
            planted([gone])

    def test_the_sources_themselves_have_no_hook(self) -> None:
        for file in (ROOT / "crates").rglob("*.rs"):
            self.assertNotIn("planted", file.read_text().lower(), str(file))


if __name__ == "__main__":
    unittest.main()
