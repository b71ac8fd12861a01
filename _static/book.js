/* What the theme's scripts leave to be desired; every page can be read without it. */
(function () {
  "use strict";
  var root = document.documentElement;
  var toggle = document.querySelector(".primary-toggle");
  var sidebar = document.getElementById("pst-primary-sidebar");
  var theme = document.querySelector(".theme-switch-button");
  var wide = matchMedia("(min-width: 992px)");

  // On wide screens the button hides the chapters; on narrow ones the theme opens them in a dialog.
  if (toggle && sidebar) {
    toggle.setAttribute("aria-expanded", String(wide.matches));
    toggle.addEventListener("click", function (event) {
      if (!wide.matches) { return; }
      event.stopImmediatePropagation();
      toggle.setAttribute("aria-expanded", String(!sidebar.classList.toggle("pst-sidebar-hidden")));
    }, true);
  }

  function nameTheme() {
    var names = { light: "light", dark: "dark", auto: "as the system" };
    var label = "Colour theme: " + names[root.dataset.mode];
    theme.setAttribute("aria-label", label);
    theme.title = label;
  }
  if (theme) {
    nameTheme();
    new MutationObserver(nameTheme).observe(root, { attributeFilter: ["data-mode"] });
  }

  // The theme lets the keyboard into tables that scroll, but looks again only when the window's size changes.
  document.addEventListener("toggle", function () { dispatchEvent(new Event("resize")); }, true);

  // Paper is white.
  addEventListener("beforeprint", function () {
    root.dataset.screen = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", function () { root.dataset.theme = root.dataset.screen; });
})();
