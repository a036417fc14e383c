// Sends the form of a page that asks for nothing but its button. Whoever comes back to the page presses it.
const arrival = performance.getEntriesByType("navigation")[0];
if (!arrival || arrival.type !== "back_forward") {
  document.querySelector("form[data-submit]")?.requestSubmit();
}
