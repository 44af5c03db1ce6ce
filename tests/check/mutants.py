"""Machine-made wrong solutions: one small change each."""

import ast
import copy
from collections.abc import Iterator
from typing import Any

OPERATORS: dict[type, list[type]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Mult, ast.Mod],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
}
NAMES = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "abs": "square",
    "maximum": "minimum", "zeros": "ones", "zeros_like": "ones_like", "exp": "abs", "sign": "abs",
    "i": "j", "j": "i", "rows": "columns", "columns": "rows", "height": "width", "width": "height",
}  # fmt: skip


def mutants(source: str) -> list[str]:
    """Return the source of a function with one change each, no two alike."""
    tree = ast.parse(source)
    found = dict.fromkeys(
        ast.unparse(mutant) for place in range(len(list(ast.walk(tree))))
        for mutant in _changed_at(tree, place)
    )  # fmt: skip
    found.pop(ast.unparse(tree), None)
    return list(found)


def _changed_at(tree: ast.AST, place: int) -> Iterator[ast.AST]:
    """Yield copies of a tree in which the node at one place is another."""
    original = list(ast.walk(tree))[place]
    for change in range(len(list(_changes(copy.deepcopy(original))))):
        other = copy.deepcopy(tree)
        node = list(ast.walk(other))[place]
        for number, apply in enumerate(_changes(node)):
            if number == change:
                apply()
        ast.fix_missing_locations(other)
        yield other


def _changes(node: Any) -> Iterator[Any]:
    """Yield what can be done to a node, as calls that do it."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        for kind in OPERATORS.get(type(node.op), []):
            yield lambda kind=kind: setattr(node, "op", kind())
    if isinstance(node, ast.Compare):
        for kind in OPERATORS.get(type(node.ops[0]), []):
            yield lambda kind=kind: node.ops.__setitem__(0, kind())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for step in (1, -1):
            yield lambda step=step: setattr(node, "value", node.value + step)
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for k in range(len(node.elts) - 1):
            yield lambda k=k: node.elts.__setitem__(slice(k, k + 2), node.elts[k : k + 2][::-1])
    if isinstance(node, ast.Slice):
        one = ast.Constant(1)
        for side in ("lower", "upper"):
            end = getattr(node, side)
            if end is not None:
                more = ast.BinOp(end, ast.Add(), one)
                yield lambda side=side, more=more: setattr(node, side, more)
    if isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield lambda: setattr(node, "id", NAMES[node.id])
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield lambda: setattr(node, "attr", NAMES[node.attr])
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range":
        less = ast.BinOp(node.args[-1], ast.Sub(), ast.Constant(1))
        yield lambda: node.args.__setitem__(-1, less)
    if isinstance(node, ast.Call) and len(node.args) > 1:
        yield lambda: node.args.__setitem__(slice(0, 2), node.args[1::-1])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda: setattr(node, "op", ast.UAdd())
    if isinstance(node, ast.AugAssign):
        yield lambda: setattr(node, "op", ast.Mult())
