//! What titles, authors and shops are made of. None of them exists.

pub(super) const KINDS: &[&str] =
    &["Blue", "Second", "Quiet", "Borrowed", "Northern", "Paper", "Unfinished", "Honest", "Hollow", "Slow", "Last", "Patient"];
pub(super) const THINGS: &[&str] = &[
    "Lantern",
    "Ferry",
    "Orchard",
    "Ledger",
    "Staircase",
    "Compass",
    "Harvest",
    "Vestibule",
    "Kite",
    "Sparrow",
    "Clock",
    "Bridge",
    "Letter",
    "Harbour",
    "Key",
];
pub(super) const PLACES: &[&str] =
    &["Ostervale", "Little Marrow", "Quillhaven", "the Salt Coast", "Upper Dunmere", "Sunday", "the Far Valley", "Brackwater", "November"];
pub(super) const NAMES: &[&str] =
    &["Ilsa", "Tobin", "Maren", "Osric", "Yelena", "Caspar", "Noor", "Wenzel", "Aino", "Piet", "Saoirse", "Dario"];
pub(super) const FAMILIES: &[&str] =
    &["Halvard", "Quist", "Ambrose", "Teller", "Okonjo", "Varga", "Lindqvist", "Moreau", "Tanaka", "Brandt"];
pub(super) const CITIES: &[(&str, &str)] = &[
    ("Quillhaven", "EUR"),
    ("Ostervale", "EUR"),
    ("Brackwater", "GBP"),
    ("Dunmere", "USD"),
    ("Little Marrow", "EUR"),
    ("Salt Coast", "SEK"),
];
