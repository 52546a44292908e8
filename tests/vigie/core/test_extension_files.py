"""The files of a folder of extensions."""

import importlib

from vigie.core.extension_files import import_files, import_problem


def test_a_mistake_in_one_file_does_not_hide_the_others(tmp_path, monkeypatch):
    folder = tmp_path / "some_extensions"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "good.py").write_text("VALUE = 1\n")
    (folder / "bad.py").write_text("VALUE = undefined\n")
    monkeypatch.syspath_prepend(tmp_path)
    modules = import_files(importlib.import_module("some_extensions"))
    assert list(modules) == ["bad", "good"]
    assert modules["good"].VALUE == 1
    assert import_problem(modules["bad"]) == "it can't be imported: NameError: name 'undefined' is not defined"
