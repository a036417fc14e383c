//! QR codes for authenticator apps. The gateway draws them, so that no markup of a provider's reaches a page.

use qrcode::{QrCode, render::svg};

/// The data with a drawing of its `otpauth_uri`, if it has one that is short enough.
#[must_use]
pub fn with_code(mut data: Vec<(String, String)>) -> Vec<(String, String)> {
    data.retain(|(name, _)| name != DRAWING);
    let drawing = data.iter().find(|(name, _)| name == "otpauth_uri").and_then(|(_, uri)| draw(uri));
    data.extend(drawing.map(|drawing| (DRAWING.to_owned(), drawing)));
    data
}

/// The name of the drawing: an SVG of shapes alone.
pub const DRAWING: &str = "qr_svg";

/// An SVG without the declaration before it, so that it can stand in a page.
fn draw(uri: &str) -> Option<String> {
    let code = uri.starts_with("otpauth://").then(|| QrCode::new(uri).ok())??;
    let text = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    text.find("<svg").map(|at| text[at..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(data: &[(&str, &str)]) -> Vec<(String, String)> {
        with_code(data.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_uri_is_drawn_and_nothing_else() {
        let drawn = named(&[("otpauth_uri", "otpauth://totp/x:</svg><script>?secret=ABC")]);
        let svg = &drawn[1].1;
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && !svg.contains("script"), "{svg}");
        assert_eq!(named(&[("secret", "ABC"), ("qr_svg", "<script>")]), [("secret".to_owned(), "ABC".to_owned())]);
        assert_eq!(named(&[("otpauth_uri", "javascript:alert(1)")]).len(), 1);
        assert_eq!(named(&[("otpauth_uri", &format!("otpauth://{}", "x".repeat(8000)))]).len(), 1, "too long to draw");
    }
}
