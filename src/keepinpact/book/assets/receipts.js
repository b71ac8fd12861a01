// Shows a number's receipt, which stands as a note at the end of the page, beside the number.
(() => {
  if (!HTMLElement.prototype.showPopover) return; // The link leads to the note.

  const box = document.createElement("div");
  box.className = "receipt-box";
  box.popover = "manual";
  box.tabIndex = -1;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "Source of this number");
  let number = null;
  let leaving = 0;

  const receipt = (event) => event.target.closest?.("a.receipt");
  const within = (node) => node && (node === number || box.contains(node));

  function place() {
    const lines = number.getClientRects();
    const first = lines[0], last = lines[lines.length - 1];
    const page = document.documentElement;
    const below = page.clientHeight - last.bottom;
    const under = below >= box.offsetHeight + 8 || below >= first.top;
    const room = page.clientWidth - box.offsetWidth - 8;
    const top = under ? last.bottom + 4 : first.top - box.offsetHeight - 4;
    box.style.left = `${scrollX + Math.max(8, Math.min(under ? last.left : first.left, room))}px`;
    box.style.top = `${scrollY + Math.max(8, top)}px`;
  }

  function show(link) {
    clearTimeout(leaving);
    if (number === link) return;
    hide();
    const note = document.getElementById(link.hash.slice(1)).cloneNode(true);
    note.querySelector(".receipt-back").remove();
    box.replaceChildren(...note.childNodes);
    // Beside the link, so that the Tab key leads from the number into its receipt and on.
    link.after(box);
    box.showPopover();
    number = link;
    place();
  }

  function hide() {
    clearTimeout(leaving);
    if (!number) return;
    number = null;
    box.hidePopover();
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = receipt(event);
    if (link) show(link);
    else if (box.contains(event.target)) clearTimeout(leaving);
    else if (number && !within(document.activeElement)) {
      clearTimeout(leaving);
      leaving = setTimeout(hide, 300);
    }
  });
  document.addEventListener("focusin", (event) => {
    const link = receipt(event);
    if (link) show(link);
    else if (!within(event.target)) hide();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!within(event.target) && !receipt(event)) hide();
  });
  document.addEventListener("click", (event) => {
    const link = receipt(event);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link);
    (event.detail ? link : box).focus({ preventScroll: true }); // A key press moves into the receipt.
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !number) return;
    if (box.contains(document.activeElement)) number.focus();
    hide();
  });
  addEventListener("resize", () => number && place());
})();
