//! Reading JSON that somebody else wrote: whatever is missing or of another type is simply not there.

use miniserde::json::Number;
pub(crate) use miniserde::json::Value;

/// The value, if the bytes are JSON in UTF-8.
pub(crate) fn parse(bytes: &[u8]) -> Option<Value> {
    miniserde::json::from_str(std::str::from_utf8(bytes).ok()?).ok()
}

/// A member of an object.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object.get(name),
        _ => None,
    }
}

/// A member that is text.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    match member(value, name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// An id, which Graph writes as text or as a number. Empty ones are none.
pub(crate) fn id(value: &Value, name: &str) -> Option<String> {
    match member(value, name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(Number::U64(number))) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number of zero or more.
pub(crate) fn count(value: &Value, name: &str) -> Option<u64> {
    match member(value, name) {
        Some(Value::Number(Number::U64(number))) => Some(*number),
        _ => None,
    }
}

/// Whether a member is `true`.
pub(crate) fn is_true(value: &Value, name: &str) -> bool {
    matches!(member(value, name), Some(Value::Bool(true)))
}

/// The values of an array; of anything else, none.
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(array) => array,
        _ => &[],
    }
}
