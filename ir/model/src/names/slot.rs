use super::{NameError, textual};
use std::fmt;
use std::str::FromStr;

/// Id of a slot of the kit: two digits and at most one letter, as in `06a`. Ordered by number, then letter. The number carries no
/// install order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    number: u8,
    letter: Option<char>,
}

impl FromStr for SlotId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let bytes = text.as_bytes();
        let digits = bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_digit);
        let letter = match bytes.get(2) {
            None => None,
            Some(b) if b.is_ascii_lowercase() && bytes.len() == 3 => Some(*b as char),
            _ => {
                return Err(NameError::new(
                    "slot id",
                    text,
                    "it must be two digits and at most one letter, as in `06a`",
                ));
            }
        };
        if !digits {
            return Err(NameError::new(
                "slot id",
                text,
                "it must be two digits and at most one letter, as in `06a`",
            ));
        }
        Ok(SlotId { number: (bytes[0] - b'0') * 10 + (bytes[1] - b'0'), letter })
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.number)?;
        self.letter.map_or(Ok(()), |letter| write!(f, "{letter}"))
    }
}

textual!(SlotId, "slot id", "^[0-9]{2}[a-z]?$", 3);
