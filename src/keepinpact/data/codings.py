"""How open answers were coded."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pandas as pd

from keepinpact.data.printed import codes_of, load_codebook
from keepinpact.data.responses import load_responses
from keepinpact.data.rows import ROWS
from keepinpact.data.tables import read_table
from keepinpact.faults import Fault
from keepinpact.paths import CODINGS, ROOT


def load_codings(root: Path = ROOT) -> pd.DataFrame:
    """The codings: wave, item, respondent, value, coder, rule; without rows where there is no such file.

    DataError with every fault of the file: each row is about a respondent and an item of the released
    responses, and has a value of the item; a coder follows one rule in an item and wave.
    """
    name = CODINGS.as_posix()
    if not (root / CODINGS).exists():
        return pd.DataFrame(columns=list(ROWS[name].model_fields), dtype="str")
    table = read_table(root, name)
    codebook = table.needs(load_codebook, root)
    responses = table.needs(load_responses, root)
    values = {item: codes_of(codebook, item) for item in codes_of(codebook, "item")}
    released = responses.table if responses.layer == "responses" else responses.table.head(0)
    coded = released[released["respondent"].isin({*table.cells["respondent"]})]
    asked = set(coded[["wave", "item", "respondent"]].itertuples(index=False, name=None))
    table.check_together(
        ["respondent", "wave", "item"],
        lambda respondent, wave, item: (wave, item, respondent) in asked,
        "is a respondent of this wave who was asked this item, in the released responses",
    )
    table.check_together(
        ["value", "item"],
        lambda value, item: value in values.get(item, {value}),
        "is a value that the codebook has for this item",
    )
    table.unique("wave", "item", "respondent", "value", "coder")
    rules: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for line, *key, rule in table.cells[["wave", "item", "coder", "rule"]].itertuples(name=None):
        rules[*key].setdefault(rule, line)
    for (_, item, coder), found in rules.items():
        for rule, line in list(found.items())[1:]:
            said = f"is the one rule that {coder} followed in {item} in this wave"
            table.faults.add([Fault(name, line, "rule", rule, said)])
    return table.texts()
