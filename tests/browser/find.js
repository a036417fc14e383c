// What people see under a name: fields by their labels, buttons and links by their texts; with `beside`, in the innermost row, list
// item, section, ... if that holds the text.
const [kind, name, beside] = arguments;
const plain = text => (text ?? "").replace(/\u200b/g, "").replace(/\s+/g, " ").trim();
const isShown = element => element.getClientRects().length > 0 && element.checkVisibility({ visibilityProperty: true });

// A label around its field is not called by what the field holds.
const labelled = label => {
  const words = label.cloneNode(true);
  words.querySelectorAll("input, select, textarea, button").forEach(control => control.remove());
  return plain(words.textContent);
};
const named = element => plain((element.getAttribute("aria-labelledby") ?? "").split(/\s+/).map(id => document.getElementById(id)?.textContent).join(" "));
const spoken = element => [element.getAttribute("aria-label"), named(element)].map(plain).filter(Boolean);
const kinds = {
  field: {
    where: "input:not([type=hidden], [type=submit], [type=button]), select, textarea",
    names: element => [...spoken(element), ...Array.from(element.labels ?? [], labelled)],
  },
  press: {
    where: "button, a[href], summary, input[type=submit], input[type=button], [role=button], [role=link], [role=tab]",
    names: element => spoken(element).length ? spoken(element) : [plain(element.matches("input") ? element.value : element.innerText)],
  },
};

const { where, names } = kinds[kind];
const all = Array.from(document.querySelectorAll(where)).filter(isShown);
const near = element => plain(element.closest("tr, li, article, section, fieldset, dialog")?.innerText).includes(plain(beside));
const found = all.filter(element => names(element).includes(plain(name)) && (beside === null || near(element)));
return { found, offers: all.flatMap(names) };
