//! Paths of requests, read as the services behind read them.

/// What a second decoding would turn into something else; control characters beside.
const TWICE: [&str; 4] = ["%2e", "%2f", "%5c", "%7f"];

/// The decoded names between the slashes; a slash at the end leaves an empty one.
///
/// # Errors
/// What some services would resolve, join or cut, so that they would see another path than the one that is guarded.
pub(super) fn read(path: &str) -> Result<Vec<String>, &'static str> {
    let rest = path.strip_prefix('/').ok_or("does not begin with a slash")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let last = parts.len() - 1;
    let mut names = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        if part.is_empty() && index != last {
            return Err("has an empty segment");
        }
        let name = decode(part).ok_or("is not percent-encoded as it should be")?;
        if name.contains(['/', '\\']) {
            return Err("has an encoded slash or a backslash");
        }
        if name.chars().any(char::is_control) {
            return Err("has control characters");
        }
        let lower = name.to_ascii_lowercase();
        let control = |digits: &str| matches!(digits.as_bytes(), [b'0' | b'1', second, ..] if second.is_ascii_hexdigit());
        if TWICE.iter().any(|code| lower.contains(code)) || lower.split('%').skip(1).any(control) {
            return Err("is encoded twice");
        }
        match name.split_once(';').map_or(name.as_str(), |(bare, _)| bare).trim() {
            "." | ".." => return Err("has a dot segment"),
            // Who cuts parameters and joins slashes does not see it.
            "" if !name.is_empty() => return Err("has a segment of parameters alone"),
            _ => {}
        }
        names.push(name);
    }
    Ok(names)
}

/// Names that the path may contain for somebody: of paths that cannot be read for sure, the service is guessed.
pub(super) fn loosely(path: &str) -> Vec<String> {
    let once = lossy(path);
    let twice = lossy(&once);
    let names = |text: &str| {
        text.split(['/', '\\', '\0'])
            .map(|name| name.split(';').next().unwrap_or_default().to_owned())
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
    };
    [path, &once, &twice].into_iter().flat_map(names).collect()
}

fn decode(part: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(part.len()), part.bytes());
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn lossy(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let code = code.and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
