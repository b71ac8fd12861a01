// A browser lets no script read the pages of a folder, which results take their summaries from.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
(function () {
  var field = document.querySelector("main form.bd-search input");
  if (field) { field.focus(); field.select(); }
})();
