// The theme is set before anything is drawn: the reader's choice, or else the system's.
(function () {
  var page = document.documentElement.dataset, mode = "auto";
  try { mode = localStorage.getItem("mode") || mode; } catch (refused) {}
  page.mode = mode;
  page.theme = mode !== "auto" ? mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
