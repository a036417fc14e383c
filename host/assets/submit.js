// Submits the form that is marked for it as soon as the page is there. Without scripts its button does.
document.querySelector("form[data-submit]")?.requestSubmit();
