// What if? Shows what numbers become in a state that the reader chooses; the state stands in the address.
(() => {
  const form = document.getElementById("what-if-form");
  if (!form) return;
  const said = document.getElementById("what-if-said");
  const shown = document.getElementById("what-if-shown");
  const selects = [...form.querySelectorAll("select")];
  const SVG = "http://www.w3.org/2000/svg";
  let found = null;
  let loading = false;
  let notice = "";

  function make(name, attributes = {}, ...inner) {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...inner);
    return made;
  }

  window.keepinpactStates = (states) => {
    found = states;
    show();
  };

  function load() {
    if (loading) return;
    loading = true;
    const script = make("script", { src: form.dataset.states });
    script.addEventListener("error", () => {
      loading = false;
      script.remove();
      said.textContent = "What would follow could not be loaded.";
    });
    document.head.append(script);
  }

  function own() {
    return selects.every((one) => one.selectedIndex === 0);
  }

  // From the address; a choice that this edition does not have is named.
  function restore() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    let unknown = false;
    selects.forEach((one) => {
      const value = wanted.get(one.name);
      const place = [...one.options].findIndex((option) => option.value === value);
      unknown ||= value !== null && place < 0;
      one.selectedIndex = Math.max(place, 0);
    });
    notice = unknown ? "The address names a choice that this edition does not have. " : "";
    show();
  }

  function keep() {
    const state = new URLSearchParams();
    selects.filter((one) => one.selectedIndex > 0).forEach((one) => state.set(one.name, one.value));
    const address = location.pathname + location.search + (own() ? "" : `#${state}`);
    history.replaceState(null, "", address);
  }

  function bar(count, base, whole) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${whole} 1`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    [["track", whole], ["base", base], ["count", count]].forEach(([kind, width]) => {
      const rect = document.createElementNS(SVG, "rect");
      rect.setAttribute("class", kind);
      rect.setAttribute("width", width);
      rect.setAttribute("height", 1);
      svg.append(rect);
    });
    return svg;
  }

  function figure(one, at) {
    const whole = Math.max(...one.shares.flat().map(([, base]) => base), 1);
    const rows = one.shares[at].map(([count, base]) =>
      make("li", {}, make("span", {}, `${count} of ${base}`), bar(count, base, whole)));
    const caption = make("p", {}, make("strong", {}, "If so: "), `what could lie behind “${one.quote}”. `,
      "The filled part of each bar is the count, the outlined one its base.");
    return make("div", { class: "supposed-figure" }, caption, make("ul", {}, ...rows));
  }

  function table(state) {
    const head = ["Number", "This edition", "If so"].map((text) => make("th", { scope: "col" }, text));
    const rows = found.shown.map((one, place) => {
      const at = state[place] || 0;
      const cell = at
        ? make("td", {}, make("span", { class: "supposed" }, `if so, ${one.texts[at]}`))
        : make("td", { class: "same" }, "the same");
      return make("tr", {}, make("th", { scope: "row" }, one.says), make("td", {}, one.texts[0]), cell);
    });
    return make("table", { class: "table" },
      make("caption", {}, "What if? Hypothetical numbers, no findings"),
      make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  }

  function chosen() {
    const items = selects.filter((one) => one.selectedIndex > 0).map((one) =>
      make("li", {}, `${one.labels[0].textContent}: ${one.selectedOptions[0].textContent}`));
    return make("ul", {}, ...items);
  }

  function follows(state) {
    if (state === null) return ["What if: what would follow is not known; the search did not end.", []];
    if (typeof state === "number") {
      return ["What if: no set of answers would fit.", [make("p", {}, found.clashes[state])]];
    }
    const changed = found.shown.filter((_, place) => state[place]).length;
    const remark = found.remarks[state[found.shown.length] || 0];
    const figures = found.shown.flatMap((one, place) =>
      one.shares && state[place] && one.shares[state[place]].length ? [figure(one, state[place])] : []);
    const number = changed ? `${changed} of the ${found.shown.length} numbers` : "none of the numbers";
    return [`What if: ${number} shown here would be other than in this edition. ${remark}`.trim(),
      [table(state), ...figures]];
  }

  function show() {
    if (own()) {
      const back = shown.hasChildNodes() ? "Back to what this edition has." : "";
      shown.replaceChildren();
      said.textContent = notice + back;
      return;
    }
    if (!found) {
      said.textContent = `${notice}Loading what would follow.`;
      load();
      return;
    }
    const [repair, reading, rule] = selects.map((one) => one.selectedIndex);
    const place = (repair * found.readings.length + reading) * found.rules.length + rule;
    const [summary, parts] = follows(found.states[place]);
    said.textContent = notice + summary;
    const banner = make("p", { class: "supposed-banner" }, make("strong", {}, "What if? "),
      "This is no finding of this edition. It is what the printed numbers would allow if you took:");
    shown.replaceChildren(make("section", { "aria-label": "What if", class: "supposing" },
      banner, chosen(), ...parts));
  }

  function choose() {
    notice = "";
    keep();
    show();
  }

  selects.forEach((one) => one.addEventListener("change", choose));
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    selects.forEach((one) => { one.selectedIndex = 0; });
    choose();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", restore);
  restore();
})();
