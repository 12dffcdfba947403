//! Names for findings that stay the same while a file moves under them, so that a service can tell old findings from new ones.
//!
//! A fingerprint is 64-bit FNV-1a (offset basis `cbf29ce484222325`, prime `100000001b3`) over rule, path and message, each followed by a
//! zero byte, in 16 hexadecimal digits. It names no line, so edits elsewhere leave it alone. Findings that agree in all three are numbered
//! in their order, and from the second on the number is hashed as well: services drop findings with equal fingerprints.

use crate::Diagnostic;
use std::collections::BTreeMap;

/// Gives out the fingerprints of one report.
#[derive(Default)]
pub(super) struct Fingerprints {
    seen: BTreeMap<u64, u64>,
}

impl Fingerprints {
    /// The fingerprint of the next finding.
    pub(super) fn next(&mut self, diagnostic: &Diagnostic) -> String {
        let parts = [diagnostic.rule.name, diagnostic.primary.place.file.as_str(), &diagnostic.message];
        let base = parts.iter().fold(OFFSET_BASIS, |hash, part| fnv(fnv(hash, part.as_bytes()), &[0]));
        let count = self.seen.entry(base).or_insert(0);
        *count += 1;
        let hash = if *count == 1 { base } else { fnv(base, count.to_string().as_bytes()) };
        format!("{hash:016x}")
    }
}

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, rule};
    use catalyst_source::{Span, TreePath};

    #[test]
    fn follows_the_published_vectors() {
        assert_eq!(fnv(OFFSET_BASIS, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(OFFSET_BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(OFFSET_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn differs_by_occurrence_but_not_by_line() {
        let file = TreePath::new("a.yaml").unwrap();
        let at = |byte| {
            Diagnostic::new(&rule::MERGE_KEY, Place::bytes(&file, Span::new(byte, byte)), "a merge key")
        };
        let mut one = Fingerprints::default();
        let (first, second) = (one.next(&at(1)), one.next(&at(5)));
        assert_ne!(first, second);
        assert_eq!(Fingerprints::default().next(&at(7)), first);
    }
}
