"""Put values, tables and figures with their receipts into a chapter.

Everything a chapter shows goes through a :class:`Page`, which glues it under a key and records its
receipt: what it is, which layer it rests on, where the report says so.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from matplotlib.figure import Figure
from myst_nb import glue

from keepinpact import captions, figures, stats
from keepinpact.audit import (
    DataSets,
    Member,
    Model,
    adopted,
    besides,
    besides_shares,
    literal,
    member_of,
    resting_on,
    share_in,
    words,
)
from keepinpact.captions import Caption
from keepinpact.constraints import Count, PrintedShare, month_name
from keepinpact.data import (
    CHARTS,
    CLAIMS,
    DISCLOSURE,
    ITEMS,
    RELEASED,
    STATEMENTS,
    THEMES,
    Edition,
    cite,
    entry_counts,
)
from keepinpact.numbers import Bound, Percentage, Share, either, one_answer
from keepinpact.numbers import candidates as fitting
from keepinpact.readings import Quantity, Report, Statement
from keepinpact.settings import Settings
from keepinpact.svg import to_svg

__all__ = ["Drawn", "Page", "Published", "escape", "listed_shares", "printed", "recounted", "sentence"]

Layer = Literal["printed", "implied", "reconstructed", "responses"]
Value = int | Share | Bound
Source = dict[str, Any]
"""A file of the data and, under ``lines``, the first and the last line of a range in it."""

ENTRIES = "entries of printed lists (listed, not counted)"
CODED = "coded by this edition"
MATCHED = "matched by this edition"

LAYERS: Mapping[str, str] = {
    "printed": "printed in the report",
    "implied": "implied by the report's statements",
    "reconstructed": "from the reconstruction, one of the data sets that fit the report's statements",
    "responses": "from the released responses",
}

_MOST_LISTED = 6

_WITHIN = re.compile(r'"([^"]*)"')
_MARKUP = re.compile(r"(^%|[\\`*_{}\[\]()#+\-.!|<>~$:&^=@])")


def escape(text: str) -> str:
    """Text in which no character is read as mark-up."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


@dataclass(frozen=True)
class Published:
    """What is glued: the text as shown, as plain text and as Markdown, with its receipts or the ledger."""

    text: str
    markdown: str | None = None
    receipts: Sequence[Mapping[str, Any]] = ()
    ledger: Mapping[str, Any] | None = None

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"text/plain": self.text}
        if self.markdown is not None:
            data["text/markdown"] = self.markdown
        metadata: dict[str, Any] = {"keepinpact": list(self.receipts)} if self.receipts else {}
        if self.ledger is not None:
            metadata["keepinpact_ledger"] = dict(self.ledger)
        return data, metadata


@dataclass(frozen=True)
class Drawn:
    """A figure as a chapter puts it out: the drawing, what is to be seen in it, and its numbers."""

    svg: str
    alt: str
    csv: str

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        return {"text/plain": self.alt, "image/svg+xml": self.svg}, {"csv": self.csv}


def printed(report: Report, statement: Statement) -> tuple[str, dict[str, Any]] | None:
    """The number that a statement prints, as text and as value; None where it prints none."""
    for constraint in statement.readings[0].holds:
        if isinstance(constraint, PrintedShare):
            return str(constraint.printed), {"percentage": constraint.is_}
        if isinstance(constraint, Count):
            names = [term for term in constraint.of if isinstance(term, str)]
            month = bool(names) and report.quantity(names[0]).unit == "month"
            text = month_name(constraint.is_) if month else str(constraint.is_)
            return text, {"value": text if month else constraint.is_}
    return None


def recounted(edition: Edition, statement: Statement) -> Share | None:
    """The share that a statement prints, counted from the responses.

    Returns
    -------
    Share or None
        None where the statement prints no share of one answer, or the responses do not hold it.
    """
    quantity = _shared(edition.report, statement)
    if quantity is None or not quantity.item or quantity.value is None:
        return None
    try:
        return stats.share(edition.responses, edition.codebook, quantity.item, quantity.value, quantity.wave)
    except LookupError:
        return None


def _shared(report: Report, statement: Statement) -> Quantity | None:
    """The one quantity that a statement prints the share of."""
    for constraint in statement.readings[0].holds:
        if isinstance(constraint, PrintedShare) and len(constraint.of) == 1:
            return report.quantity(str(constraint.of[0]))
    return None


class Page:
    """A chapter's page.

    Parameters
    ----------
    section
        The section of the report that the chapter is about, or a name of the chapter's own.
    edition
        What :func:`keepinpact.data.load_edition` returns.
    """

    def __init__(self, section: str, edition: Edition) -> None:
        self.section = section
        self.edition = edition
        self._implied: DataSets | None = None
        if any(one.id == section for one in edition.report.sections):
            self.text("source", self.cite(section))

    def cite(self, section: str) -> str:
        """Where a section stands, e.g. ``section “Types of cooperation”, p. 6-8``."""
        return cite(self.edition.report, section)

    @property
    def implied(self) -> DataSets:
        """The data sets that fit the statements once the edition's repair is adopted."""
        if self._implied is None:
            self._implied = adopted(self._model(), self.edition.repair)
        return self._implied

    def _model(self) -> Model:
        return Model(self.edition.report, entry_counts(self.edition.items))

    def statement(self, *statements: str) -> None:
        """Glue statements: ``ID`` the number as printed, ``ID-quote`` the quotation.

        Raises
        ------
        KeyError
            If there is no such statement.
        """
        for one in statements:
            statement = self.edition.report.statement(one)
            self.text(f"{one}-quote", _quoted(statement.quote))
            found = printed(self.edition.report, statement)
            if found:
                text, value = found
                self._glue(one, text, [self._receipt(one, text, "printed", [one], value)])

    def share(self, statement: str) -> None:
        """Glue a printed percentage: what :meth:`statement` does, and three more keys.

        ``ID-full`` has the percentage with its base (from released responses) or with every share that
        can lie behind it; ``ID-rests`` what these shares rest on; ``ID-weight`` how many percentage points
        one answer weighs.
        """
        self.statement(statement)
        edition = self.edition
        found = edition.report.statement(statement)
        text, value = printed(edition.report, found) or ("", {})
        share = recounted(edition, found)
        if edition.responses.layer == "responses" and share is not None:
            self.value(f"{statement}-full", share, "responses", statement, source=self._answers(found))
            self.text(f"{statement}-rests", LAYERS["responses"])
            self._weight(statement, "responses", [share.base])
            return
        possible, members = self._behind(found)
        full = f"{text} (base not printed; {listed_shares(possible)})"
        value = value | {"candidates": [{"count": one.count, "base": one.base} for one in possible]}
        receipt = self._receipt(f"{statement}-full", full, "implied", [statement], value, rests_on=members)
        self._glue(f"{statement}-full", full, [receipt])
        self.text(f"{statement}-rests", words.rests_on(members, edition.report))
        self._weight(statement, "implied", [one.base for one in possible])

    def _behind(self, statement: Statement) -> tuple[list[Share], list[Member]]:
        """The shares that can lie behind a printed percentage, and what they rest on."""
        share = share_in(statement.readings[0])
        if share is None:
            raise ValueError(f"{statement.id} prints no share")
        possible = self.implied.shares(share)
        if not possible:
            raise ValueError(f"the shares behind {statement.id} cannot be listed")
        return possible, resting_on(self.implied, *besides_shares(share, possible))

    def _weight(self, statement: str, layer: Layer, bases: Sequence[int]) -> None:
        key, weight = f"{statement}-weight", one_answer(bases)
        value = _plain(weight) | {"measure": "percentage points that one answer weighs"}
        self._glue(key, str(weight), [self._receipt(key, str(weight), layer, [statement], value)])

    def recount(self, statement: str) -> None:
        """Glue the share that the responses layer gives for a printed percentage.

        ``ID-recounted`` has the share, ``ID-layer`` what it rests on.

        Raises
        ------
        LookupError
            If the responses hold no such share.
        """
        found = self.edition.report.statement(statement)
        share = recounted(self.edition, found)
        if share is None:
            raise LookupError(f"the responses hold no share for {statement}")
        layer: Layer = self.edition.responses.layer
        self.value(f"{statement}-recounted", share, layer, statement, source=self._answers(found))
        self.text(f"{statement}-layer", LAYERS[layer])

    def value(
        self,
        key: str,
        value: Value,
        layer: Layer,
        *statements: str,
        measure: str = "",
        source: Sequence[Source] = (),
    ) -> None:
        """Glue a count, a share or a bound.

        Parameters
        ----------
        layer, statements
            What it rests on.
        measure
            What is counted, where neither a statement nor the layer says so.
        source
            The lines of the data that it was computed from; if empty, those of the statements.
        """
        plain = _plain(value) | ({"measure": measure} if measure else {})
        self._glue(key, str(value), [self._receipt(key, str(value), layer, statements, plain, source)])

    def bound(self, key: str, *quantities: str) -> Bound:
        """Glue and return the bound of a sum of quantities, as the statements imply it."""
        return self._bound(key, self.implied, quantities, self._says(*quantities))

    def rests(self, key: str, *quantities: str) -> None:
        """Glue what the bound of a sum of quantities rests on, in words."""
        other = besides(self.implied.bound(*quantities), *quantities)
        members = [] if other is None else resting_on(self.implied, [other])
        self.text(key, words.rests_on(members, self.edition.report))

    def _bound(self, key: str, data_sets: DataSets, quantities: Sequence[str], measure: str) -> Bound:
        bound = data_sets.bound(*quantities)
        other = besides(bound, *quantities)
        members = [] if other is None else resting_on(data_sets, [other])
        plain, source = _plain(bound) | {"measure": measure}, self._defined(*quantities)
        receipt = self._receipt(key, str(bound), "implied", (), plain, source, rests_on=members)
        self._glue(key, str(bound), [receipt])
        return bound

    def entries(self, key: str, *lists: str) -> int:
        """Glue and return the entry count of printed lists (listed, not counted)."""
        count = stats.entry_count(self.edition.items, *lists)
        self.value(key, count, "printed", measure=ENTRIES, source=self._listed(*lists))
        return count

    def items(self, key: str, name: str, *, quotes: bool = False, group: str | None = None) -> None:
        """Glue a printed list as Markdown, under its groups and with its ranks where it has them.

        A group whose only entry repeats its name is its name alone.
        """
        rows = self.edition.items[self.edition.items["list"] == name]
        if group is not None:
            rows = rows[rows["group"] == group]
        if rows.empty:
            raise KeyError(name)
        lines = []
        for label, block in rows.groupby("group", sort=False):
            if label and group is None:
                lines += ["", f"**{escape(str(label))}**", ""]
                if list(block["text"]) == [label]:
                    continue
            for text, rank in zip(block["text"], block["rank"], strict=True):
                shown = escape(_quoted(text) if quotes else text)
                lines.append(f"{rank}. {shown}" if rank else f"- {shown}")
        self._markdown(key, "\n".join(lines).strip())

    def claim(self, *claims: str) -> None:
        """Glue claims as quotations under their ids.

        Raises
        ------
        KeyError
            If there is no such claim.
        """
        table = self.edition.claims.set_index("id")["quote"]
        for one in claims:
            self.text(one, _quoted(table[one]))

    def text(self, key: str, text: str) -> None:
        """Glue words that come from the data."""
        self._glue(key, text)

    def listing(self, key: str, text: str) -> None:
        """Glue text that keeps its lines, such as what a program prints."""
        self._glue(key, text, markdown=f"````text\n{text}\n````")

    def table(
        self,
        key: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[str | Value]],
        layer: Layer,
        *,
        figure: bool = False,
        source: Sequence[Source] = (),
        measure: str = "",
    ) -> None:
        """Glue a table as Markdown; its numbers are recorded as ``KEY/row/column``.

        Parameters
        ----------
        columns
            The header; the first column holds the rows' labels.
        rows
            One list a row; counts, shares and bounds are right-aligned.
        layer
            What the numbers rest on.
        figure
            Whether these are the numbers behind a figure, whose checksum is then recorded as well.
        source
            The lines of the data that the numbers were computed from.
        measure
            What is counted, where the layer does not say so.
        """
        receipts: list[dict[str, Any]] = []
        if figure:
            shown = json.dumps([list(columns), *([str(cell) for cell in row] for row in rows)])
            checksum = hashlib.sha256(shown.encode()).hexdigest()
            receipts.append({"figure": key, "sha256": checksum, "layer": layer, "source": list(source)})
        for row in rows:
            for column, cell in zip(columns, row, strict=True):
                if not isinstance(cell, str):
                    name = f"{key}/{row[0]}/{column}"
                    value = _plain(cell) | ({"measure": measure} if measure else {})
                    receipts.append(self._receipt(name, str(cell), layer, (), value, source))
        table = _markdown_table(columns, rows)
        self._glue(key, table, receipts, markdown=table)

    def ranked(self, key: str, name: str, rank: int) -> None:
        """Glue the entry of a printed list that has a rank; KeyError where none has."""
        items = self.edition.items
        found = items[(items["list"] == name) & (items["rank"] == str(rank))]["text"]
        if found.empty:
            raise KeyError(f"{name}, rank {rank}")
        self.text(key, str(found.iloc[0]))

    def charts(self, key: str) -> None:
        """Glue how many charts are certainly missing from the report's text."""
        charts = self.edition.charts[self.edition.charts["certainty"] == "certain"]
        self.value(
            key, len(charts), "printed", measure="charts that are missing for certain",
            source=_source(CHARTS, charts.index),
        )  # fmt: skip

    def result(self, key: str) -> None:
        """Glue whether all statements can be true at once, and what of ours has to go for that."""
        model, repair, report = self._model(), self.edition.repair, self.edition.report
        if literal(model).exist:
            self.text(key, f"All {len(report.statements)} statements can be true at once.")
            return
        gone = [member_of(switch, report) for switch in repair.gives_up]
        if any(one.kind == "statement" for one in gone):
            given_up = either([words.gives_up(one, report) for one in gone], "and")
            self.text(key, f"The statements cannot all be true as they stand. This edition {given_up}.")
            return
        self.text(key, words.can_hold(gone, report))

    def without(self, key: str, assumption: str, *quantities: str) -> None:
        """Glue the bound of a sum of quantities where one more assumption is given up.

        ``KEY-values`` has how many values it can have.
        """
        says = next(one.says for one in self.edition.report.assumptions if one.id == assumption)
        measure = f"{self._says(*quantities)}, where it is not assumed that {says}"
        bound = self._bound(key, self.implied.without(assumption), quantities, measure)
        if bound.high is None:
            raise ValueError(f"nothing limits {self._says(*quantities)}")
        values = len(bound.values or range(bound.low, bound.high + 1))
        source = self._defined(*quantities)
        self.value(
            f"{key}-values", values, "implied", measure=f"possible values of: {measure}", source=source
        )

    def month(self, key: str, quantity: str) -> None:
        """Glue a quantity that is a month; ValueError where the statements do not settle it."""
        bound = self.implied.bound(quantity)
        if not bound.settled:
            raise ValueError(f"{quantity} is not settled: {bound}")
        text = month_name(bound.low)
        value = {"value": text, "measure": self._says(quantity)}
        other = besides(bound, quantity)
        members = [] if other is None else resting_on(self.implied, [other])
        receipt = self._receipt(key, text, "implied", (), value, self._defined(quantity), rests_on=members)
        self._glue(key, text, [receipt])

    def fitting(self, key: str, statement: str, base: str) -> None:
        """Glue a sentence on whether a printed percentage can be a share of a printed base.

        Parameters
        ----------
        statement
            A statement that prints a percentage.
        base
            A statement that prints a count.
        """
        report = self.edition.report
        percentage = Percentage.parse(_number(report, statement))
        count = int(_number(report, base))
        possible = fitting(percentage, count)
        if possible:
            text = f"{either([str(one) for one in possible])} would fit {percentage}"
        else:
            text = f"But no count out of {count} is {percentage} to the nearest whole per cent"
        value = {"base": count, "candidates": [_plain(one) for one in possible]}
        self._glue(key, text, [self._receipt(key, text, "implied", [statement, base], value)])

    def groups(self, key: str, name: str, what: str, entries: str) -> Drawn:
        """Draw the entry counts of a printed list by group, as :meth:`themes` does by theme."""
        rows = self.edition.items[self.edition.items["list"] == name]
        table = rows.groupby("group", sort=False).size().rename("count").rename_axis("label").reset_index()
        return self._counts(key, table, what, entries, self._listed(name))

    def group_count(self, key: str, name: str) -> None:
        """Glue how many groups a printed list has."""
        rows = self.edition.items[self.edition.items["list"] == name]
        count = int(rows["group"].nunique())
        self.value(key, count, "printed", measure="groups of a printed list", source=self._listed(name))

    def themes(self, key: str, name: str, what: str, entries: str, *, recurring: bool = False) -> Drawn:
        """Draw the entry counts of a printed list by theme.

        Glues the table as ``KEY``, the headline as ``KEY-headline``, and the name of the most frequent theme
        as ``KEY-most``.

        Parameters
        ----------
        key
            The key of the table.
        name
            The list's code.
        what
            What a theme is called, for the table's header.
        entries
            What is counted, in the plural, such as ``listed tasks``.
        recurring
            Whether only themes of several entries are shown.
        """
        table = stats.entries_by(self.edition.items, name, self.edition.codebook, THEMES[name])
        if recurring:
            table = table[table["count"] > 1]
        most = table.loc[table["count"] == table["count"].max(), "label"]
        self.text(f"{key}-most", "” and “".join(most))
        return self._counts(key, table, what, entries, self._listed(name), ours=CODED)

    def bounds(self, key: str, item: str, what: str, measure: str) -> Drawn:
        """Draw the bound of each answer to an item; ``KEY`` is the table, ``KEY-headline`` the headline.

        With released responses the bounds are the counts themselves.
        """
        edition = self.edition
        cells = [q for q in edition.report.quantities if q.item == item and q.value and not q.parts]
        cells += [q for q in edition.report.quantities if q.item == item and q.value == ""]
        labels = stats.labels(edition.codebook, item, [str(cell.value) for cell in cells if cell.value])
        labels += ["Left blank"] * sum(cell.value == "" for cell in cells)
        if edition.responses.layer == "responses":
            found = stats.answers(edition.responses, edition.codebook, item)
            counts = (
                {} if found is None else dict(zip(found.table["code"], found.table["count"], strict=True))
            )
            values = [Bound(int(counts.get(cell.value, 0)), int(counts.get(cell.value, 0))) for cell in cells]
            layer: Layer = "responses"
            source = self._responses(item)
        else:
            values, layer = [self.implied.bound(cell.id) for cell in cells], "implied"
            source = self._defined(*(cell.id for cell in cells))
        rows = list(zip(labels, values, strict=True))
        caption = captions.bounds(labels, values, measure.lower(), what.lower())
        drawing = figures.bounds(labels, values)
        return self._draw(key, drawing, caption, [what, measure], rows, layer, source)

    def challenges(self, key: str) -> Drawn:
        """Draw where each challenge is listed; ``KEY`` is the table, ``KEY-headline`` the headline.

        ``KEY-back`` and ``KEY-turned`` have how many challenges of survey 1 return among the ranked ones of
        survey 2, or among those that are not so much a challenge there; ``KEY-turned-names`` names these.
        """
        table = stats.challenge_matches(self.edition.items, self.edition.codebook)
        back, turned = table["survey1"] & (table["rank"] > 0), table["survey1"] & table["not_so_much"]
        source = self._listed(*(name for name, variable in THEMES.items() if variable == "challenge"))
        for name, found in (("back", back), ("turned", turned)):
            measure = f"challenges in both of two printed lists, {MATCHED}"
            self.value(f"{key}-{name}", int(found.sum()), "printed", measure=measure, source=source)
        self.text(f"{key}-turned-names", "; ".join(label.lower() for label in table.loc[turned, "label"]))
        columns = ["Survey 1", "Survey 2: ranked", "Survey 2: not so much"]
        marks = [
            ["✓" if row.survey1 else "", str(row.rank) if row.rank else "", "✓" if row.not_so_much else ""]
            for row in table.itertuples(index=False)
        ]
        labels = list(table["label"])
        cells = [[label, *(mark or "–" for mark in row)] for label, row in zip(labels, marks, strict=True)]
        where = (table["survey1"], table["rank"] > 0, table["not_so_much"])
        caption = captions.returns(*(list(column) for column in where))
        drawing = figures.presence(labels, columns, marks)
        return self._draw(
            key, drawing, caption, ["Challenge", *columns], cells, "printed", source, ours=MATCHED
        )

    def sizes(self, statements: str, claims: str, entries: str) -> None:
        """Glue how many statements, claims and item entries the printed layer has, under three keys."""
        edition = self.edition
        for key, kind, file, lines in (
            (statements, "statements", STATEMENTS, edition.lines.statements.values()),
            (claims, "claims", CLAIMS, edition.claims.index),
            (entries, "item entries", ITEMS, edition.items.index),
        ):
            measure = f"{kind} in this edition's transcription"
            self.value(key, len(lines), "printed", measure=measure, source=_source(file, lines))

    def layer(self, key: str) -> None:
        """Glue what the responses layer is, in a sentence of its own."""
        self.text(key, self.edition.responses.provenance)

    def choices(self, assumptions: str, repair: str, order: str) -> None:
        """Glue the assumptions, the repair's reason and its order, as Markdown lists."""
        chosen = self.edition.repair
        given_up = self.edition.repair.gives_up
        said = [
            f"- *{escape(one.says)}*{' (given up)' if one.id in given_up else ''}: {escape(one.why)}"
            for one in self.edition.report.assumptions
        ]
        self._markdown(assumptions, "\n".join(said))
        self.text(repair, chosen.reason.strip())
        self._markdown(order, "\n".join(f"1. {escape(step.says)}" for step in chosen.order))

    def files(self, key: str, released: str, package: Mapping[str, Any]) -> None:
        """Glue a table of the data files and the name of the file for released responses."""
        rows = []
        for resource in package["resources"]:
            fields = resource.get("schema", {}).get("fields", [])
            names = ", ".join(field["name"] for field in fields) or "–"
            rows.append([f"data/{resource['path']}", resource["description"], names])
        self.table(key, ["File", "What it holds", "Columns"], rows, "printed")
        self.text(released, RELEASED.as_posix())

    def codebook(self, key: str) -> None:
        """Glue the codebook, a table for each variable under its name."""
        blocks = []
        columns = ["code", "label", "definition", "origin"]
        for variable, rows in self.edition.codebook.groupby("variable", sort=False):
            cells = [list(row) for row in rows[columns].itertuples(index=False, name=None)]
            table = _markdown_table([column.capitalize() for column in columns], cells)
            blocks.append(
                f":::{{table}} Variable {escape(str(variable))}\n:name: codebook-{variable}\n{table}\n:::"
            )
        self._markdown(key, "\n\n".join(blocks))

    def disclosure(self, key: str, elements: pd.DataFrame) -> None:
        """Glue what the report discloses of each element, and how many it reports.

        ``KEY`` has the list, ``KEY-elements`` how many elements there are, ``KEY-reported`` how many of
        them are reported.
        """
        blocks = []
        columns = ["element", "status", "section", "quote", "says", "missing"]
        for element, status, section, quote, says, missing in elements[columns].to_numpy():
            said = f"“{escape(quote)}” ({escape(self.cite(section))}). " if quote else ""
            lines = [f"{said}{escape(says)}"]
            if missing:
                lines.append(f"*Missing:* {escape(missing)}")
            term = f"{escape(element)}: **{status}**"
            blocks.append("\n".join([term, *(f": {line}\n" for line in lines)]))
        self._markdown(key, "\n".join(blocks))
        self.text(f"{key}-elements", str(len(elements)))
        reported = elements[elements["status"] == "reported"]
        measure = "elements of AAPOR's Transparency Initiative that the report gives"
        source = _source(DISCLOSURE, reported.index)
        self.value(f"{key}-reported", len(reported), "printed", measure=measure, source=source)

    def contact(self, key: str, settings: Settings) -> None:
        """Glue where to report an error: the repository's issue tracker, or that there is none."""
        address = settings.report_error()
        self._markdown(
            key,
            f"Reports go to the [issue tracker of this edition]({address})."
            if address
            else "This copy of the edition names no place for reports; its maintainers have not set one.",
        )

    def _counts(
        self,
        key: str,
        table: pd.DataFrame,
        what: str,
        entries: str,
        source: Sequence[Source],
        ours: str = "",
    ) -> Drawn:
        labels, values = list(table["label"]), [int(count) for count in table["count"]]
        rows = list(zip(labels, values, strict=True))
        caption = captions.counts(labels, values, entries, what.lower())
        drawing = figures.counts(labels, values)
        return self._draw(key, drawing, caption, [what, "Entries"], rows, "printed", source, ours=ours)

    def _draw(
        self,
        key: str,
        figure: Figure,
        caption: Caption,
        columns: Sequence[str],
        rows: Sequence[Sequence[str | Value]],
        layer: Layer,
        source: Sequence[Source] = (),
        table: str = "",
        ours: str = "",
    ) -> Drawn:
        """Glue a figure's headline as ``KEY-headline`` and its table; return it with its numbers.

        ``ours`` says what this edition did to what is printed before it counted.
        """
        self.text(f"{key}-headline", caption.headline)
        measure = f"{ENTRIES}, {ours}" if ours else ""
        self.table(table or key, columns, rows, layer, figure=True, source=source, measure=measure)
        rests = f"{layer}; {ours}" if ours else layer
        return Drawn(to_svg(figure, caption.alt), caption.alt, _csv(columns, rows, rests))

    def chart(self, chart: str) -> Drawn | Published:
        """Fill the slot of a missing chart.

        Returns the figure where released responses hold its counts; every share that can be where the report
        prints its percentage; else a box that says what the text holds and what is missing. Glues
        ``chart-ID-headline`` and ``chart-ID-note`` for the caption and
        ``chart-ID-table`` for the numbers behind the figure.

        Raises
        ------
        KeyError
            If ``charts.csv`` has no such chart.
        """
        rows = self.edition.charts[self.edition.charts["id"] == chart]
        if rows.empty:
            raise KeyError(chart)
        row = rows.iloc[0]
        responses = self.edition.responses
        wave = row["wave"] if row["wave"] in ("1", "2") else None
        found = stats.answers(responses, self.edition.codebook, row["item"], wave)
        if responses.layer != "responses":
            # A reconstruction is one data set of many: nothing is drawn from it.
            found = None
            if (statement := self._share_of(row["item"])) is not None:
                return self._possible(chart, row, statement)
        if found is None or not found.base:
            return self._missing(chart, row)
        labels, shares = list(found.table["label"]), found.shares()
        blanks = f"; {found.blank} left it blank" if found.blank else ""
        several = "; several answers were possible" if found.multiple else ""
        base = f"base: {found.base} respondents{blanks}{several}"
        note = f"{sentence(base)}. {sentence(LAYERS[responses.layer])}."
        receipt = self._receipt(
            f"chart-{chart}-note", note, responses.layer, [row["base"]] if row["base"] else (),
            {"base": found.base, "blank": found.blank, "measure": "respondents who answered the question"},
            self._responses(row["item"], wave),
        )  # fmt: skip
        self._glue(f"chart-{chart}-note", note, [receipt])
        return self._draw(
            f"chart-{chart}",
            figures.shares(labels, shares),
            captions.shares(labels, shares, row["title"]),
            [row["title"], "Share of respondents"],
            [[label, share] for label, share in zip(labels, shares, strict=True)],
            responses.layer,
            source=self._responses(row["item"], wave),
            table=f"chart-{chart}-table",
        )

    def _share_of(self, item: str) -> Statement | None:
        """The statement that prints the percentage of an answer to an item."""
        for statement in self.edition.report.statements:
            quantity = _shared(self.edition.report, statement)
            if quantity is not None and quantity.item == item:
                return statement
        return None

    def _possible(self, chart: str, row: pd.Series[str], statement: Statement) -> Drawn:
        """Draw every share that can lie behind the percentage that a missing chart showed."""
        shares, members = self._behind(statement)
        note = (
            "Base: not printed. Every count and base that the report’s numbers allow is drawn. They rest on "
            f"{words.rests_on(members, self.edition.report)}."
        )
        self.text(f"chart-{chart}-note", note)
        labels = [f"{one.base} respondents" for one in shares]
        rows: list[list[str | Value]] = [[label, one] for label, one in zip(labels, shares, strict=True)]
        return self._draw(
            f"chart-{chart}",
            figures.parts(labels, shares),
            captions.parts(labels, shares, "base of the printed percentage"),
            ["Possible base", row["title"]],
            rows,
            "implied",
            source=self._stands(statement.id),
            table=f"chart-{chart}-table",
        )

    def _missing(self, chart: str, row: pd.Series[str]) -> Published:
        self.text(f"chart-{chart}-headline", "No counts are published for this")
        self.text(f"chart-{chart}-note", "It is drawn here as soon as its counts are known.")
        self._markdown(f"chart-{chart}-table", "")
        certain = "shows a chart here" if row["certainty"] == "certain" else "seems to show a chart here"
        text, pasted = "", ""
        if row["base"]:
            statement = self.edition.report.statement(row["base"])
            text, value = printed(self.edition.report, statement) or ("", {})
            key = f"chart-{chart}-base"
            self._glue(key, text, [self._receipt(key, text, "printed", [statement.id], value)])
            pasted = f"{{glue:text}}`{key}`"

        def body(base: str) -> str:
            known = f"The report {certain}; its text does not hold it. {escape(row['known'])}"
            return f"{known} Printed base: {base} answers." if base else known

        return Published(body(text), f":::{{admonition}} Chart missing\n:class: note\n{body(pasted)}\n:::")

    def _says(self, *quantities: str) -> str:
        return " and ".join(self.edition.report.quantity(one).says for one in quantities)

    def _defined(self, *quantities: str) -> list[Source]:
        return _source(STATEMENTS, [self.edition.lines.quantities[one] for one in quantities])

    def _stands(self, *statements: str) -> list[Source]:
        return _source(STATEMENTS, [self.edition.lines.statements[one] for one in statements])

    def _listed(self, *lists: str) -> list[Source]:
        items = self.edition.items
        return _source(ITEMS, items[items["list"].isin(lists)].index)

    def _responses(self, item: str, wave: str | None = None) -> list[Source]:
        table = self.edition.responses.table
        rows = table[(table["item"] == item) & (table["wave"].isin([wave]) if wave else True)]
        return _source(self.edition.responses.file, rows.index)

    def _answers(self, statement: Statement) -> list[Source]:
        """The responses that :func:`recounted` counts."""
        quantity = _shared(self.edition.report, statement)
        return self._responses(quantity.item, quantity.wave) if quantity and quantity.item else []

    def _receipt(
        self,
        key: str,
        text: str,
        layer: Layer,
        statements: Sequence[str],
        value: Mapping[str, Any],
        source: Sequence[Source] = (),
        rests_on: Sequence[Member] = (),
    ) -> dict[str, Any]:
        report = self.edition.report
        section = report.statement(statements[0]).section if statements else self.section
        known = any(one.id == section for one in report.sections)
        pages = report.pages(section) if known else None
        return {
            "key": key,
            "text": text,
            "layer": layer,
            "section": section if known else None,
            "pages": list(pages) if pages else None,
            "statements": list(statements),
            "source": list(source) or self._stands(*statements),
            **({"rests_on": [one.model_dump(exclude={"soft"}) for one in rests_on]} if rests_on else {}),
            **value,
        }

    def _glue(
        self, key: str, text: str, receipts: Sequence[Mapping[str, Any]] = (), markdown: str | None = None
    ) -> None:
        self._publish(key, Published(text, markdown, receipts))

    def _markdown(self, key: str, markdown: str) -> None:
        self._glue(key, markdown, markdown=markdown)

    def _publish(self, key: str, what: Published) -> None:
        glue(key, what, display=False)


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str | Value]]) -> str:
    numeric = [bool(rows) and all(not isinstance(row[i], str) for row in rows) for i in range(len(columns))]
    lines = [
        [escape(column) for column in columns],
        ["---:" if right else "---" for right in numeric],
        *([escape(str(cell)) for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str | Value]], layer: str) -> str:
    """The numbers behind a figure: counts, bases and the ends of bounds in columns of their own."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    head = [name for at, column in enumerate(columns) for name in _spread(column, rows[0][at])]
    table.writerow([*head, "Layer"])
    for row in rows:
        table.writerow([*(cell for one in row for cell in _spread("", one).values()), layer])
    return written.getvalue()


def _spread(column: str, cell: str | Value) -> dict[str, str | int | None]:
    match cell:
        case Share(count=count, base=base):
            return {f"{column} (%)": cell.percent().removesuffix(" %"), "Count": count, "Base": base}
        case Bound(low=low, high=high):
            return {f"{column} (smallest)": low, f"{column} (largest)": high}
        case _:
            return {column: cell}


def _source(file: str, lines: Iterable[int]) -> list[Source]:
    """Lines of a file as ranges of neighbours."""
    ranges: list[list[int]] = []
    for line in sorted(lines):
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    return [{"file": file, "lines": one} for one in ranges]


def _quoted(text: str) -> str:
    """The report's words in quotation marks, those within them made single."""
    inner = _WITHIN.sub(r"‘\1’", text)
    return f"“{inner}”"


def _number(report: Report, statement: str) -> str:
    found = printed(report, report.statement(statement))
    if found is None:
        raise ValueError(f"{statement} prints no number")
    return found[0]


def listed_shares(shares: Sequence[Share]) -> str:
    """The shares in a sentence; of many the first and the last."""
    texts = [f"{one.count} of {one.base}" for one in shares]
    if len(texts) <= _MOST_LISTED:
        return either(texts)
    return f"one of {len(texts)} shares from {texts[0]} to {texts[-1]}"


def _plain(value: Value) -> dict[str, Any]:
    match value:
        case Share(count=count, base=base):
            return {"count": count, "base": base}
        case Bound(low=low, high=high, values=values):
            return {"low": low, "high": high} | ({"values": list(values)} if values else {})
        case _:
            return {"value": int(value)}


def sentence(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
