// Every page of a book lies below v/, so the site is what stands before that.
const at = location.pathname.indexOf("/v/");
if (at >= 0) document.head.append(Object.assign(document.createElement("base"),
  { href: location.pathname.slice(0, at + 1) }));
