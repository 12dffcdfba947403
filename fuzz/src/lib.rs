//! What the targets share.

pub mod mutate;

/// Bytes as a text: what is no UTF-8 is refused before the compiler looks at a text, so here it is only replaced.
pub fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}
