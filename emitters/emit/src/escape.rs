//! Escapes for text that passes a Flux Kustomization with `postBuild.substitute`.

/// Escapes a text so that Flux's substitution gives it back unchanged, but for `keep`, the variable that is meant, as in
/// `${SOVEREIGN_FQDN}`. Flux reads `$${` as `${` and `$$` as `$`, anywhere; a lone `$` stays as it is.
pub fn escape_substitution(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let dollars = rest.bytes().take_while(|&b| b == b'$').count();
        // The last `$` of the run may be the start of the variable that is meant.
        let last = &rest[dollars - 1..];
        let meant = !keep.is_empty() && last.starts_with(keep);
        let foreign = if meant { dollars - 1 } else { dollars };
        let lone = foreign == 1 && !meant && !last.starts_with("${");
        out.extend(std::iter::repeat_n('$', if lone { 1 } else { 2 * foreign }));
        if meant {
            out.push_str(keep);
            rest = &last[keep.len()..];
        } else {
            rest = &rest[dollars..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Flux does: `$$` to `$`, `${NAME}` to a value, in one pass from left to right.
    fn substitute(text: &str, value: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("$$") {
                out.push('$');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let (name, tail) = after.split_once('}').unwrap();
                assert_eq!(name, "D", "a foreign variable was substituted in {text}");
                out.push_str(value);
                rest = tail;
            } else {
                out.push('$');
                rest = &rest[1..];
            }
        }
        out.push_str(rest);
        out
    }

    #[test]
    fn foreign_variables_survive_and_ours_is_replaced() {
        for text in [
            "plain",
            "${API_KEY}",
            "$x",
            "100$",
            "$$",
            "$$$",
            "DO $$ x $$",
            "a.${D}",
            "$${D}",
            "$$${D}",
            "${D}${X}$",
        ] {
            let escaped = escape_substitution(text, "${D}");
            assert_eq!(
                substitute(&escaped, "d.example"),
                text.replace("${D}", "d.example"),
                "{text} as {escaped}"
            );
        }
        assert_eq!(escape_substitution("${API_KEY}", "${D}"), "$${API_KEY}");
    }
}
