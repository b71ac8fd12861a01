/* The list of editions and the banner; the list itself is one plain script above the editions. */
(function () {
  "use strict";
  var bar = document.querySelector(".edition-bar");
  var all = window.KEEPINPACT_EDITIONS;
  if (!bar || !all) { return; }
  var here = bar.dataset.edition;
  var page = bar.dataset.page;
  var above = bar.dataset.root + "../";

  function link(edition, text) {
    var a = document.createElement("a");
    var same = edition.pages.indexOf(page) >= 0;
    a.href = above + edition.version + "/" + (same ? page : edition.front);
    a.textContent = text;
    return a;
  }

  var list = document.createElement("ul");
  all.editions.forEach(function (edition) {
    var entry = document.createElement("li");
    var name = edition.version === "dev" ? "working copy" : edition.version + " (" + edition.date + ")";
    var a = link(edition, name);
    if (edition.version === here) { a.setAttribute("aria-current", "true"); }
    entry.appendChild(a);
    list.appendChild(entry);
  });
  var details = document.createElement("details");
  var summary = document.createElement("summary");
  summary.textContent = "Other editions";
  details.appendChild(summary);
  details.appendChild(list);
  bar.appendChild(details);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && details.open) { details.open = false; summary.focus(); }
  });

  var newest = all.editions.filter(function (edition) { return edition.version === all.newest; })[0];
  if (newest && here !== all.newest) {
    var banner = document.createElement("p");
    banner.className = "edition-banner";
    banner.appendChild(document.createTextNode(
      here === "dev" ? "This is the working copy, not a released edition. " : "This is an old edition. "));
    banner.appendChild(link(newest, "Go to the newest edition, " + newest.version));
    bar.appendChild(banner);
  }
})();
