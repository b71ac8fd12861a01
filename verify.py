"""A second opinion on an edition: recounts what it publishes from its own data, with code of its own.

python verify.py FOLDER (Python 3.11, nothing else): holds statements-file.json against the words of statements.yml, tries every
value that it allows, counts rows of CSV files, and holds results.json, figures, data and pages against that. What it does not
name it did not check. Exit status: 0 no difference, 1 some, 2 FOLDER is no edition.
"""
import csv, functools, hashlib, html, io, json, pathlib, re, sys
from collections import Counter
from itertools import chain, pairwise, product
FORMULA = re.compile(r"^(?![-+]?\d[\d.,]*[ \xa0]?%?\Z)(?=[-=+@＝＋－＠\t\r\n])")  # in a CSV an apostrophe stands before it
YML, ITEMS, CODES = "data/report/statements.yml", "data/report/items.csv", "data/codebook.csv"
RELEASED, RECONSTRUCTED, IN_WORDS = "data/responses/released.csv", "data/responses/responses.csv", {"two": "2", "three": "3"}
MONTHS = "January February March April May June July August September October November December".split()
GIVEN_UP, TRANSCRIBED = {"where question 12 may be in either survey": "question-12-in-survey-2"}, "statements in this edition's transcription"
def numbers(*texts): return re.findall(r"\d+(?:\.\d+)?", " ".join(map(str, texts)))  # as they are written
def plain(text): return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())  # HTML as text
def cells(text): return [[plain(x) for x in re.findall(r"(?s)<t[hd]\b.*?</t[hd]>", row)] for row in text.split("<tr")[1:]]  # by rows
def percent(count, base): return (200 * count + base) // (2 * base)  # half up
def people(rows): return len({x["respondent"] for x in rows})  # how many they are of
def month(text): return int(text[:4]) * 12 + int(text[5:]) - 1 if re.fullmatch(r"\d{4}-\d\d", str(text)) else None  # as a count
def line(terms, low=-(10**30), high=10**30):  # factors by quantity, low, high: the sum of pairs of a factor and a quantity lies between two numbers
    terms = [(factor, month(term) or term) for factor, term in terms]
    constant, names = sum(f * t for f, t in terms if isinstance(t, int)), dict.fromkeys(t for _, t in terms if not isinstance(t, int))
    return {t: f for t in names if (f := sum(x for x, other in terms if other == t))}, low - constant, high - constant
def beyond(why): raise OverflowError(why)  # of what is not recounted
def means(constraint):  # the lines that a constraint of the statements file stands for
    ((kind, body),), keys = constraint.items(), ("of", "is", "each", "than", "as", "order", "ahead_of")
    of, equal, each, than, others, order, behind = (x if isinstance(x := body.get(key, []), list) else [x] for key in keys)
    base, per, limit = [body.get("base")], [body.get("per", 1)], month(body.get("is")) or body.get("is")
    if kind in ("count", "sum"):
        return [line([(1, t) for t in of] + [(-1, t) for t in equal], 0, 0)]
    if kind == "share" and set(body) == {"of", "base", "is"} and limit[0].isdigit():
        digits, _, decimals = limit.strip(" %").partition(".")
        twice, part = 2 * int(digits + decimals), [(200 * 10 ** len(decimals), t) for t in of]
        near = [line([*part, (1 - twice, *base)], 0), line([*part, (-1 - twice, *base)], high=0)]
        return [line([(1, *base)], 1), line([(1, *base)] + [(-1, t) for t in of], 0), *near]
    left, right, f, g, least = {
        "at_least": (each, per, 1, limit, 0), "at_most": (per, each, limit, 1, 0), "at_least_as_many": (each, others, 1, 1, 0),
        "majority": (each, base, 2, 1, 1), "no_majority": (base, each, 1, 2, 0), "more_than": (each, than, 1, 1, 1), "rank": (order, behind, 1, 1, 0)}.get(kind) or beyond(kind)
    return [line([(f, a), (-g, b)], least) for a, b in ([*pairwise(left), *product(left[-1:], right)] if kind == "rank" else product(left, right))]
def together(lines):  # and what they say once each equation is solved for a quantity and put into all the others
    left, used = list(lines), Counter(t for terms, low, high in lines if low < high for t in terms)
    for place in range(len(left)):
        terms, low, high = left[place]
        name = min((t for t in terms if abs(terms[t]) == 1 and low == high), key=lambda t: (used[t], t), default=None)
        for other, (inner, least, most) in [(n, one) for n, one in enumerate(left) if n != place and name in one[0]]:
            times = inner[name] * terms[name]
            merged = {t: f for t in inner | terms if (f := inner.get(t, 0) - times * terms.get(t, 0))}
            left[other] = merged, least - times * low, most - times * low
    return [*lines, *left]
def narrow(lines, box):  # the ranges, until no line narrows them further; False where nothing is left
    before = dict(box)
    for terms, low, high in lines:
        ends = [(f * box[t][0], f * box[t][1]) for t, f in terms.items()]
        over, under = high - sum(map(min, ends)), sum(map(max, ends)) - low
        for name, factor in terms.items():
            up, down = (x // abs(factor) for x in ((over, under) if factor > 0 else (under, over)))
            box[name] = max(box[name][0], box[name][1] - down), min(box[name][1], box[name][0] + up)
        if over < 0 or under < 0 or any(box[name][0] > box[name][1] for name in terms):
            return False
    return box == before or narrow(lines, box)
def solve(lines, box):  # whole numbers within their ranges with which all lines hold; None where there are none
    if not (near := narrow(lines, box := dict(box)) and Counter(t for one in lines for t in one[0] if box[t][0] < box[t][1])):
        return None if near is False else box
    lines = [one for one in lines if not near.keys().isdisjoint(one[0])]
    name = min(near, key=lambda t: ((box[t][1] - box[t][0]) / near[t], t))
    return next((found for one in range(box[name][0], box[name][1] + 1) if (found := solve(lines, box | {name: (one, one)}))), None)
@functools.cache
class Model:  # what may hold: an assumption, a statement (one of its readings), its literal reading (STATEMENT:READING)
    def __init__(self, text, lists):
        self.file, self.said = json.loads(text), {}
        self.quantities, self.statements = ({x["id"]: x for x in self.file[y]} for y in ("quantities", "statements"))
        self.box = dict.fromkeys(self.quantities, (0, 10**15))
        self.always = [c for one in self.file.get("definitions", []) for c in one["holds"]]
        for name, one in self.quantities.items():
            self.always += [{"sum": {"of": name, "is": one["parts"]}}] if "parts" in one else []
            self.always += [{"at_least_as_many": {"each": one["within"], "as": name}}] if "within" in one else []
            self.always += [{"count": {"of": name, "is": sum(dict(lists)[x] for x in one["entries"])}}] if "entries" in one else []
            self.always += [{"decimals": {}}] if "decimals" in one else []  # of no kind that is known
        for one in [*self.file.get("assumptions", []), *self.file["statements"]]:
            cases = [reading["holds"] for reading in one.get("readings", [one])]
            self.said |= {one["id"]: cases} | ({f"{one['id']}:{one['readings'][0]['id']}": cases[:1]} if len(cases) > 1 else {})
    def without(self, *gone): return frozenset(one for one in self.said if {one, one.partition(":")[0]}.isdisjoint(gone))  # all but this
    @functools.cache
    def cases(self, on):  # the lines that hold, in each case
        every = product(*(self.said[x] for x in sorted(on - {x.partition(":")[0] for x in on if ":" in x})))
        return [together([x for c in chain(self.always, *case) for x in means(c)]) for case in every]
    def find(self, on, *lines): return next((x for one in self.cases(on) if (x := solve([*one, *lines], self.box))), None)  # numbers that fit
    @functools.cache
    def values(self, on, name):  # every value that a quantity can have; none where nothing limits it
        ends = [box[name] for one in self.cases(on) if narrow(one, box := dict(self.box))] or [(0, -1)]
        every = range(min(low for low, _ in ends), max(high for _, high in ends) + 1)
        return [v for v in every if self.find(on, ({name: 1}, v, v))] if len(every) < 10**5 else beyond("more values than are tried")
    def printed(self, statement):  # what it prints: the kind, count or share, and its parts
        first = self.statements[statement].get("readings", [self.statements[statement]])[0]
        return next((pair for one in first["holds"] for pair in one.items() if pair[0] in ("count", "share")), None) or beyond("other kinds")
    def fitting(self, statement, n):  # every count out of n that can be the percentage it prints, to the nearest
        return [k for k in range(n + 1) if narrow(means({"share": (said := self.printed(statement)[1])}), {said["of"]: (k, k), said["base"]: (n, n)})]
    @functools.cache
    def shares(self, on, statement):  # every share that can lie behind the percentage it prints
        part, base = (self.printed(statement)[1][key] for key in ("of", "base"))
        pairs = [(k, n) for n in self.values(on, base) for k in self.fitting(statement, n)]
        return [{"count": k, "base": n} for k, n in pairs if self.find(on, ({part: 1}, k, k), ({base: 1}, n, n))]
    @functools.cache
    def repairs(self, *conflicts):  # the smallest sets to give up; none where the conflicts are not smallest ones, or not all
        hits = {frozenset(one) for one in product(*conflicts)}
        hits = [one for one in hits if not any(other < one for other in hits)]
        minimal = all(not self.find(one) and all(self.find(one - {x}) for x in one) for one in conflicts)
        return hits if minimal and all(self.find(self.without(*one)) for one in hits) else []  # another would outlive one
    def weight(self, gone):  # how many statements, soft statements or readings, and assumptions are given up
        soft = sum(":" in one or self.statements.get(one, {}).get("soft", False) for one in gone)
        return len(gone) - soft - (ours := sum(x["id"] in gone for x in self.file.get("assumptions", []))), soft, ours
def switches(members): return frozenset(x["id"] + (f":{x['reading']}" if x["kind"] == "reading" else "") for x in members if x["kind"] != "rounding")
def places(r):  # the lines of the data that a result names; of scattered ones the first, the last, and how many they are
    return [n for x in r["source"] for n in ([*x["lines"], x["count"]] if "count" in x else range(x["lines"][0], x["lines"][1] + 1))]
def listed(lines, r): return [lines[0], lines[-1], len(lines)] if "count" in r["source"][0] else lines  # as places has them
def shown(r):  # the numbers that the text of a result holds, by its fields
    pairs = [one[key] for one in r.get("candidates", []) for key in ("count", "base")]
    pairs = pairs[-1:] if "at most" in r["text"] else [len(pairs) // 2, *pairs[:2], *pairs[-2:]] if len(pairs) > 12 else pairs
    if "base" in r:
        return numbers(r["base"], r["blank"] or "") if "blank" in r else numbers(percent(r["count"], r["base"]), r["count"], r["base"])
    return numbers(*([r["percentage"], *pairs] if "percentage" in r else r.get("values") or dict.fromkeys(r[x] for x in ("value", "low", "high") if x in r)))

class Edition:  # its files; what was checked in them, what was not recounted, and what is wrong
    def __init__(self, files):
        self.files, self.seen, self.cannot, self.wrong, self.at, group = files, Counter(), [], [], {}, ""
        self.results, self.ledger = (json.loads(files[name]) for name in ("results.json", "statements.json"))
        self.tables = {x: dict(enumerate(csv.DictReader(io.StringIO(files[x].decode())), 2)) for x in files if re.fullmatch(r"data/.*\.csv", x)}
        lists = tuple(sorted(Counter(row["list"] for row in self.tables[ITEMS].values()).items()))
        self.model, self.released = Model(files["statements-file.json"], lists), any(x["layer"] == "responses" for x in self.results["results"])
        file = RELEASED if self.released else RECONSTRUCTED
        self.answers = {n: x | {"respondent": x["respondent"] or n} for n, x in self.tables.get(file, {}).items()}
        self.label = {(x["variable"], x["code"]): x["label"] for x in self.tables[CODES].values()} | {("country", ""): "Left blank"}
        alone = (x for x in self.model.quantities.values() if x.get("item") == "country" and {"value", "parts"} & x.keys() == {"value"})
        self.countries = {self.label["country", x["value"]]: x["id"] for x in alone}
        self.gone = {s for one in self.ledger["repairs"] if one["adopted"] for s in switches(one["gives_up"])}
        self.conflicts = [switches(one["members"]) for one in self.ledger["conflicts"]]
        for number, text in enumerate(files[YML].decode().split("\n"), 1):
            group = text if re.match(r"\w+:$", text) else group
            for name in re.findall(r"^  - \{?id: ([\w.-]+)", text):
                self.at[number], self.at[group, name] = (group, name), number
    def same(self, kind, place, published, found):  # note what was held against what
        self.seen[kind] += 1
        self.wrong += [f"{place}: published {published}, found {found}"] if published != found else []
    def answered(self, r, told, row):  # what a number that is counted in responses should be: its fields, and the lines it is counted in
        m, measure, first = self.model, r.get("measure", ""), self.answers[places(r)[0]]
        quoted = [x for x, one in m.statements.items() if measure == "counted in the responses" and re.findall(r"\w+", one["quote"]) == re.findall(r"\w+", row)]
        told, row = quoted or told, "" if quoted else row
        every = [m.quantities[m.printed(told[0])[1]["of"]]] if told else [one for one in m.quantities.values() if one["says"] == measure]
        for one in every:
            every += [m.quantities[x] for x in one.get("parts", []) if "counts" not in one]
        wanted, items, waves = ({x[key] for x in every if key in x} for key in ("value", "item", "wave"))
        some = product((first["item"], ""), ("",) if every and not waves else (first["wave"], ""))  # of a question or all, of a survey or all
        some = [[n for n, x in self.answers.items() if item in ("", x["item"]) and wave in ("", x["wave"])] for item, wave in some]
        lines = next((one for one in some if listed(one, r) == places(r)), some[0])
        named = {row} if row else {x["text"] for x in self.tables[ITEMS].values() if "partners' countries" in measure and x["list"] == "project_countries"}
        wanted |= {code for (item, code), label in self.label.items() if item == first["item"] and label in named}
        rows = [x for x in map(self.answers.get, lines) if x["item"] in (items or {x["item"]}) and x["wave"] in (waves or {x["wave"]}) | {""}]
        given, asked = [x for x in rows if x["value"]], people([x for x in self.answers.values() if x["wave"] in {y["wave"] for y in rows}])
        often, base, kind = Counter(x["value"] for x in given), people(given), {one.get("counts", "among" if "among" in one else "") for one in every}
        if not kind <= {"", "values"} or " and " in measure or not (wanted if row else every or not measure or re.search("partners|frequent|fewer|answered", measure)):
            return {"cannot": True}
        count = people([x for x in given if x["value"] in (wanted or often)] if items or wanted else rows)
        count = len(often) if "values" in kind else asked - base if wanted == {""} else percent(1, base) if "weighs" in measure else count
        count = sum(n < int(numbers(measure)[0]) for n in often.values()) if "fewer" in measure else max(often.values()) if "frequent" in measure else count
        count = count if row or told or measure else people([x for x in given if x["wave"] == r["key"][-1]])
        found = {"count": count, "value": count, "base": asked if named and not row else base, "blank": asked - base}
        return {x: found[x] for x in found if x in r} | {"lines": listed(lines, r)}
    def audited(self, r, measure):  # a number of conflicts, repairs or verdicts
        m, hits, (_, row, column) = self.model, self.model.repairs(*self.conflicts), [*r["key"].split("/"), "", ""][:3]
        if row:
            gone = next(switches(one["gives_up"]) for one in self.ledger["repairs"] if one["id"] == row)
            return {"value": m.weight(gone)[("St", "So", "As").index(column[:2])] if gone in hits else None}
        some = Counter(map(m.weight, hits))  # none gives up less of a kind than the smallest without more of another
        least = [some[x] for x in some if not any(all(map(int.__le__, y, x)) for y in some.keys() - {x})]
        said = Counter(f"statements: {x['verdict']}" for x in self.ledger["statements"])  # held against the conflicts one by one
        found = {x: said[x] for x in ("statements: conditional", "statements: contradicted") if not self.released} | {"conflicts": len(self.conflicts), "minimal repairs": len(hits), "smallest repairs": sum(least), TRANSCRIBED: len(m.statements)}
        rest = {measure: r["value"]} | said
        return {"value": (rest | found)[measure], "cannot": measure not in found}
    def rows(self, table, lines, key, measure):  # how many rows of a CSV file count; None where some of a kind lack
        picked, columns = [table[n] for n in lines], ("list", "certainty", "status")
        alike = [[n for n, x in table.items() if x.get(c) in kind] for c in columns for kind in [{x.get(c) for x in picked}]]
        firsts = sorted({table[n].get("group"): n for n in reversed(alike[0])}.values())  # of each group
        others = "top_challenges" if key == "challenges-back" else "challenges_not"
        before, after = ({x["theme"] for x in picked if x.get("list") == one} for one in ("challenges_survey1", others))
        codes = {code for (_, code), label in self.label.items() if label == key.split("/")[-2:][0]}
        counted = before & (after or before) if "matched" in measure else [x for x in picked if "coded" not in measure or codes & {*x["theme"].split()}]
        return len(counted) if lines == firsts or lines in alike else None
    def recount(self, r):  # what a result should be: its fields; its lines too, where a statement or an answer says them
        m, told, measure, key, file = self.model, r["statements"], r.get("measure", ""), r["key"], r["source"][0]["file"]
        lines, row, table = places(r), key.partition("/")[2].rpartition("/")[0], self.tables.get(file, {})
        every, freed = [self.at["statements:", one] for one in m.statements], GIVEN_UP.get(measure.partition(", ")[2], "")
        if r["layer"] in ("reconstructed", "responses"):  # what is printed may stand beside it, or a label before it
            beside = dict.fromkeys([r["value"], m.printed(told[0])[1]["is"]]) if told and "value" in r and not measure else shown(r)
            found = self.answered(r, told, row) if self.answers and file in (RELEASED, RECONSTRUCTED) else {"cannot": True}
            return found | {"shown": numbers(r["text"].partition("”: ")[0] if "frequent" in measure else "", *beside)}
        if file != YML:
            return {"value": self.rows(table, lines, key, measure)}
        if len(lines) > 2 * len(every) or measure == TRANSCRIBED:
            return self.audited(r, measure) | {"lines": every if measure == TRANSCRIBED else [*range(every[0], every[-1] + 1)]}
        group, names, on = self.at[lines[0]][0], [self.at[n][1] for n in lines], m.without(*self.gone, freed)
        stand = lambda *some: {"lines": sorted(self.at[group, one] for one in some)}  # noqa: E731
        same = [x for x in self.results["results"] if "candidates" in x and (x["chapter"], x["statements"]) == (r["chapter"], names)]
        if self.released and r["layer"] == "implied" and not key.endswith("-firm"):  # what may hold is what it rests on
            rests = next((x["rests_on"] for x in [r, *same] if "rests_on" in x), [])
            if any(one["kind"] == "responses" for one in rests) or (told and measure and not rests):
                return {"cannot": True}
            on = switches(rests) or on
        stands = stand(*told or names[:1])
        if told and r["layer"] == "printed":
            kind, said = m.printed(told[0])
            text = f"{MONTHS[month(said['is']) % 12]} {said['is'][:4]}" if month(said["is"]) else said["is"]
            words = {IN_WORDS.get(one, one) for one in re.findall(r"\w+", m.statements[told[0]]["quote"].lower())}
            return stands | {{"share": "percentage", "count": "value"}[kind] if {*numbers(text)} <= words else "not in its quotation": text}
        if told and "base" in r:
            share, base = (m.printed(one)[1]["is"] for one in told)
            return stands | {"base": base, "candidates": m.fitting(told[0], base), "shown": numbers(base, share)}
        if group == "statements:":
            pairs, hits = m.shares(on, names[0]), self.model.repairs(*self.conflicts)
            if "count" in r or "percentage" in r:
                whole = {"percentage": m.printed(names[0])[1]["is"], "candidates": pairs}
                return stands | (whole if "percentage" in r else next(one for one in pairs if [str(one["base"])] == numbers(row)))
            if key.endswith("-firm"):
                return stands | {"value": len(hits), "shown": numbers(len(hits), sum(names[0] in x for x in hits) or "")}
            values = sorted({percent(1, x["base"]) for x in pairs}) if "weighs" in measure else [len(pairs)]
        elif "count" in r:
            parts = [self.countries[x["text"]] for x in self.tables[ITEMS].values() if x["list"] == "project_countries"]
            count, base = (sum(chain(*(m.values(on, one) for one in some))) for some in (parts, ["answers"]))
            return {"count": count, "base": base} | stand("answers", *parts)
        elif key.startswith("asks/"):
            return {"cannot": True} | stand(*(x for x, one in m.quantities.items() if any(f"as “{one['says']}”?/" in y["key"] for y in self.results["results"])))
        elif "fewer than" in measure:
            stands, values = stand(*names), [sum(max(m.values(on, one)) < int(numbers(measure)[0]) for one in names)]
        else:
            named = self.countries[row] if row else names[0]
            values, says = m.values(on, named), m.quantities[named]["says"]
            stands |= (stand(*self.countries.values()) if row else {}) | ({"measure": says + measure[len(says) :]} if measure and not freed else {})
        text = f"{MONTHS[values[0] % 12]} {values[0] // 12}" if "month" in measure else len(values) if freed else values[0]
        found = {"low": values[0], "high": values[-1]} | ({"values": values} if len(values) <= values[-1] - values[0] else {})
        return stands | ({"value": text} if "value" in r else found)
    def check(self):  # everything
        paged = {x["id"]: [x["page"], y.get("page")] if "page" in x else None for x, y in pairwise([*self.model.file["sections"], {}])}
        for r in self.results["results"]:
            place, told = f"{r['chapter']}: {r['key']}", [self.model.statements[x] for x in r["statements"]]
            try:
                text = (found := self.recount(r)).pop("shown", None) or shown(r)
                self.cannot += [place] if found.pop("cannot", False) else []
            except OverflowError:
                text, found, self.cannot = numbers(r["text"]) if place.endswith("-firm") else shown(r), {}, [*self.cannot, place]
            except (LookupError, RecursionError, StopIteration, TypeError, ValueError) as error:
                text, found = shown(r), {"value": f"nothing that can be recounted ({error!r})"}
            section = told[0]["section"] if told else r["chapter"] if r["chapter"] in paged else None
            kind = "not recounted" if place in self.cannot else "recounted from the data"
            self.same(f"numbers of results.json: {kind}", place, {x: (r | {"lines": places(r)}).get(x) for x in found}, found)
            self.same("their texts", place, numbers(r["text"]), text)
            self.same("their sections and pages", place, (r["section"], r["pages"]), (section, paged.get(section)))
        pages = {x.partition('"')[0]: plain(x).replace("’", "'") for x in self.files["chapters/ledger.html"].decode().split('id="ledger-')[1:]}
        for one in self.ledger["statements"] + self.ledger["claims"]:
            of, passed = map(str, (one["severity"] or {"of": 1, "passed": 0}).values())  # the other of one is its reverse
            tried = {of, passed} - {"0"} if of != "1" else {"0": set(), "1": {"held too"}}.get(passed, {passed})
            said = {plain(html.escape(x or "")).replace("’", "'") for x in (f"Verdict: {one['verdict']}.", *map(one.get, ("quote", "why", "recomputed")))}
            wrong = tried - {*re.findall(r"\d+|held too", one["why"].replace("allow the reverse", "held too"))} | {x for x in said if x not in pages[one["id"]]}
            clash = [x for x in self.ledger["conflicts"] if one["id"] in [y["id"] for y in x["members"]]]
            alone = [x["roundings"] for x in clash if not x["needs_ours"]]  # of each another rule, which need not save all
            rest = "conditional" if clash else "consistent" if one["severity"] and passed != of else "not tested"
            wrong |= {one["verdict"]} - {one["recount"] and one["verdict"], "contradicted" if alone else rest, rest if [] not in alone else ""}
            self.same("entries of the ledger", one["id"], (one["pages"], wrong, one["conflicts"]), (paged[one["section"]], set(), [x["id"] for x in clash]))
        for one in self.ledger["repairs"]:
            self.same("weights of repairs", one["id"], (one["hard"], one["soft"], one["assumptions"]), self.model.weight(switches(one["gives_up"])))
        text = re.sub(r"(?m)(^|\s)#.*$", "", self.files[YML].decode())  # without remarks
        text = functools.reduce(lambda x, y: x.replace(f"&{y[0]} ", "").replace(f"*{y[0]}", y[1]), re.findall(r"&(\w+) (\[.*?\])", text), text)
        self.same("statements.yml as JSON", YML, *(re.findall(r"\w+", x.lower()) for x in (text, str(self.model.file))))
        for name in (one for one in self.files if re.fullmatch(r"figures/.*\.json", one)):
            rows = [(data := json.loads(self.files[name]))["columns"], *data["rows"]]
            self.same("figures as CSV", name, [*csv.reader(io.StringIO(self.files[name[:-4] + "csv"].decode()))], [[FORMULA.sub("'", x) for x in y] for y in rows])
            self.same("figures as pages", name, cells(self.files[name[:-4] + "html"].decode()), rows)
        for digest, name in (x.split("  ", 1) for x in self.files.get("SHA256SUMS", b"").decode().splitlines()):
            self.same("files by their checksums", name, digest, hashlib.sha256(self.files.get(name, b"")).hexdigest())
        for name in (one for one in self.files if re.fullmatch(r"(chapters|data)/.*\.html", one)):
            self.page(name, self.files[name].decode())
    def page(self, name, text):  # the numbers with a source on a page of a chapter; the lines on a page of data
        if name.startswith("data/"):
            return self.same("data as pages", name, html.unescape("\n".join(re.findall(r'(?s)<li id="L\d+"><code>(.*?)</code>', text))), self.files[name[:-5]].decode().removesuffix("\n"))
        here = {r["key"]: plain(html.escape(r["text"])) for r in self.results["results"] if r["chapter"] == name[9:-5]}
        for key, shows in re.findall(r'(?s)<a class="receipt[^>]* id="receipt-(\S+?)-\d+"[^>]*>(.*?)</a>', text):
            self.same("numbers on pages", f"{name}: {key}", plain(shows), here.get(key, "Source of these numbers"))
        table = {tuple(key.rsplit("/", 2)[1:]): one for key, one in here.items() if "/" in key}
        for head, *rows in map(cells, text.split("<table")[1:]):
            for row, column, cell in ((x, *one) for x in rows for one in zip(head, x, strict=False) if (x[0], one[0]) in table):
                self.same("numbers in tables", f"{name}: {row[0]}", cell, table[row[0], column])
def main(folder):
    try:
        (edition := Edition({x.relative_to(folder).as_posix(): x.read_bytes() for x in pathlib.Path(folder).rglob("*") if x.is_file()})).check()
    except (LookupError, OSError, TypeError, ValueError) as error:
        return print(f"{folder} is no edition that can be read: {error!r}", file=sys.stderr) or 2
    print(*(f"{count:6} {kind}" for kind, count in edition.seen.items()), "Not recounted (it takes trying what else could be printed or "
        "answered, answers that are not published, constraints or decimals that it does not know, or more than counting):", *(f"  {x}" for x in edition.cannot), sep="\n")
    return print(*edition.wrong, f"{len(edition.wrong)} differences", sep="\n") or int(bool(edition.wrong))
if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["."]))
