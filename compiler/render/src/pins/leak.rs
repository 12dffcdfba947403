//! Drawn values that hang together: what is drawn into a Secret and stands somewhere else in clear, and what a new place has in common with
//! those that are pinned.

use super::sealed::{PARTS, clear};
use super::text::{drawn, seen};
use crate::pairs::Drawn;
use catalyst_source::Step;
use serde_json::Value;

/// Whether a place is in the values of a Secret.
pub(super) fn is_secret_value(it: &Drawn<'_>) -> bool {
    let is_values = |step: &Step| matches!(step, Step::Key(key) if PARTS.contains(&key.as_ref()));
    it.key.is_secret() && it.path.steps().first().is_none_or(is_values)
}

/// The texts of a place in both renders.
fn texts(it: &Drawn<'_>) -> (String, String) {
    let part = match it.path.steps().first() {
        Some(Step::Key(key)) if is_secret_value(it) => key.to_string(),
        _ => String::new(),
    };
    let text = |value: &Value| match value {
        Value::Object(map) => map.values().map(|it| clear(&part, Some(it))).collect::<Vec<_>>().join("\n"),
        other => clear(&part, Some(other)),
    };
    (text(it.first), text(it.second))
}

/// Whether two places share something that is drawn. Certificates and public keys count only `with_public`.
pub(super) fn share(one: &Drawn<'_>, other: &Drawn<'_>, with_public: bool) -> bool {
    let ((a, a2), (b, b2)) = (texts(one), texts(other));
    let holds = |text: &str, words: Vec<String>| {
        let seen = seen(text, with_public);
        words.iter().any(|word| seen.iter().any(|it| it.contains(word.as_str())))
    };
    // A value too short to be known again anywhere is known as a whole.
    let is_whole = a == b && !a.is_empty() && seen(&a, with_public).iter().any(|it| !it.trim().is_empty());
    is_whole || holds(&b, drawn(&a, &a2, with_public)) || holds(&a, drawn(&b, &b2, with_public))
}

/// Whether a place holds a private key.
pub(super) fn is_private_key(it: &Drawn<'_>) -> bool {
    seen(&texts(it).0, false).iter().any(|it| it.contains("PRIVATE KEY-----"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::draws;
    use crate::testing::object;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    const PUBLIC: &str = "-----BEGIN CERTIFICATE-----\nMIIB";

    /// Whether a Secret with one value and a ConfigMap with another one share something, each value made of what is drawn.
    fn leaks(secret: fn(&str) -> String, plain: fn(&str) -> String, with_public: bool) -> bool {
        let of = |drawn: &str| {
            let data = STANDARD.encode(secret(drawn));
            [
                object("Secret/a", json!({ "data": { "a": data } })),
                object("ConfigMap/a", json!({ "data": { "a": plain(drawn) } })),
            ]
        };
        let (first, second) = (of("s3cretOne"), of("an0therTwo"));
        let places = draws(&first, &second).places;
        assert_eq!(places.len(), 2);
        share(&places[0], &places[1], with_public)
    }

    #[test]
    fn a_value_is_known_again_in_clear_and_in_base64() {
        let same = |it: &str| it.to_owned();
        assert!(leaks(same, same, false));
        assert!(leaks(same, |it| format!("postgres://web:{it}@db/x"), false));
        assert!(leaks(|it| format!("a: {it}\nb: 1"), same, false));
        assert!(leaks(same, |it| format!("Basic {}", STANDARD.encode(format!("web:{it}"))), false));
        assert!(leaks(same, |it| STANDARD.encode(it), false));
        // A checksum is no value, whatever it is of.
        assert!(!leaks(same, |it| catalyst_plan::digest(it.as_bytes()), false));
    }

    #[test]
    fn a_certificate_may_be_seen() {
        let certificate = |it: &str| format!("{PUBLIC}{it}\n-----END CERTIFICATE-----\n");
        assert!(!leaks(certificate, certificate, false) && leaks(certificate, certificate, true));
        assert!(!leaks(
            certificate,
            |it| STANDARD.encode(format!("{PUBLIC}{it}\n-----END CERTIFICATE-----\n")),
            false
        ));
        let key = |it: &str| format!("-----BEGIN EC PRIVATE KEY-----\n{it}\n-----END EC PRIVATE KEY-----\n");
        assert!(leaks(key, key, false));
        let first = [object("ConfigMap/a", json!({ "a": STANDARD.encode(key("one")) }))];
        let second = [object("ConfigMap/a", json!({ "a": STANDARD.encode(key("two")) }))];
        assert!(is_private_key(&draws(&first, &second).places[0]));
    }
}
