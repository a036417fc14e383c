//! Reads just enough of a page to fill its forms in: the gateway writes plain, closed tags with quoted attributes.

use std::collections::BTreeMap;

/// A tag that opens.
#[derive(Clone, Debug)]
pub struct Tag {
    /// Its name; `/form` for one that closes.
    pub name: String,
    attributes: BTreeMap<String, String>,
    /// Where its content begins.
    end: usize,
}

impl Tag {
    /// An attribute; one without a value is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// All tags, in their order.
pub fn tags(text: &str) -> Vec<Tag> {
    let starts = text.match_indices('<').map(|(at, _)| at);
    starts.filter(|at| !text[at + 1..].starts_with('!')).map(|at| tag(text, at + 1)).collect()
}

fn tag(text: &str, at: usize) -> Tag {
    let name_end = at + text[at..].find([' ', '>']).expect("a tag's name");
    let (name, mut at) = (text[at..name_end].to_owned(), name_end);
    let mut attributes = BTreeMap::new();
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if text[at..].starts_with('>') {
            return Tag { name, attributes, end: at + 1 };
        }
        let end = at + text[at..].find(['=', ' ', '>']).expect("an attribute's name");
        let key = text[at..end].to_owned();
        at = end;
        let mut value = String::new();
        if text[at..].starts_with("=\"") {
            let end = at + 2 + text[at + 2..].find('"').expect("a quoted value");
            value = plain(&text[at + 2..end]);
            at = end + 1;
        }
        attributes.insert(key, value);
    }
}

/// Text without what stands for characters.
pub fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What a person can fill in or press.
#[derive(Clone, Debug)]
pub struct Control {
    pub name: String,
    /// `text`, `hidden`, `checkbox`, `submit`, `select` and so on.
    pub kind: String,
    pub value: String,
    /// Whether it is sent when nobody touches it.
    pub sent: bool,
}

/// A form of a page.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub method: String,
    pub controls: Vec<Control>,
}

impl Form {
    /// What a control holds.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.controls.iter().find(|control| control.name == name).map(|control| control.value.as_str())
    }

    /// Whether a person could send these fields with it: each is there, and what cannot be edited has this value.
    pub fn takes(&self, fields: &[(&str, &str)]) -> bool {
        let fixed = |control: &Control| matches!(control.kind.as_str(), "hidden" | "submit" | "checkbox" | "radio" | "option");
        fields.iter().all(|(name, value)| self.controls.iter().any(|c| c.name == *name && (!fixed(c) || c.value == *value)))
    }

    /// Everything that goes over when these fields were filled in.
    pub fn filled(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = self.controls.iter().filter(|c| c.sent && fields.iter().all(|(name, _)| *name != c.name));
        let given = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        own.map(|c| (c.name.clone(), c.value.clone())).chain(given).collect()
    }
}

/// All forms of a page.
pub fn forms(text: &str) -> Vec<Form> {
    let (mut forms, mut form, mut select) = (Vec::new(), None, String::new());
    for tag in tags(text) {
        let get = |name: &str| tag.get(name).unwrap_or_default().to_owned();
        match (tag.name.as_str(), &mut form) {
            ("form", None) => form = Some(Form { action: get("action"), method: get("method"), controls: Vec::new() }),
            ("form", Some(_)) => panic!("a form in a form: {text}"),
            ("/form", _) => forms.extend(form.take()),
            ("select", _) => select = get("name"),
            (_, Some(form)) => form.controls.extend(control(text, &tag, &select)),
            (_, None) => {}
        }
    }
    forms
}

fn control(text: &str, tag: &Tag, select: &str) -> Option<Control> {
    let get = |name: &str| tag.get(name).unwrap_or_default().to_owned();
    let (name, value) = (get("name"), get("value"));
    let control = match tag.name.as_str() {
        "input" if matches!(tag.get("type"), Some("checkbox" | "radio")) => {
            Control { name, kind: get("type"), value, sent: tag.get("checked").is_some() }
        }
        "input" => Control { name, kind: get("type"), value, sent: true },
        "button" => Control { name, kind: "submit".to_owned(), value, sent: false },
        "option" => Control { name: select.to_owned(), kind: "option".to_owned(), value, sent: tag.get("selected").is_some() },
        "textarea" => {
            let end = tag.end + text[tag.end..].find("</textarea>").expect("an end");
            Control { name, kind: "textarea".to_owned(), value: plain(&text[tag.end..end]), sent: true }
        }
        _ => return None,
    };
    (!control.name.is_empty()).then_some(control)
}
