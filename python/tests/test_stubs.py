"""What type checkers are told is what there is."""

import ast
from pathlib import Path

from heatlens import _heatlens


def members(names):
    return {name for name in names if not name.startswith("__") or name == "__version__"}


def test_stubs_name_what_there_is():
    tree = ast.parse((Path(_heatlens.__file__).parent / "_heatlens.pyi").read_text())
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    told = {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    told |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert told == members(vars(_heatlens))
    for name, node in classes.items():
        if name.endswith("Error"):
            continue
        methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        of = getattr(_heatlens, name)
        assert members(methods) == members(vars(of)), name
        assert all(hasattr(of, method) for method in methods), name
