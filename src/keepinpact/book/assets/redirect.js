// Leads on to another page and keeps the place in the page.
location.replace(document.currentScript.dataset.target + location.hash);
