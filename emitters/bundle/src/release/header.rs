//! Whom a release is for and how it follows on others: annotations of the release index.

use super::Flaw;
use crate::Digest;
use crate::oci::CREATED;
use std::collections::BTreeMap;

const FORMAT: &str = "dev.catalyst.format";
const LINE: &str = "dev.catalyst.line";
const SOVEREIGN: &str = "dev.catalyst.sovereign";
const DOMAIN: &str = "dev.catalyst.domain";
const SEQUENCE: &str = "dev.catalyst.sequence";
const PREVIOUS: &str = "dev.catalyst.previous";
const TOOL: &str = "dev.catalyst.tool";

/// What the release index says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The line of releases that the number counts in.
    pub line: String,
    /// The Sovereign it is for.
    pub sovereign: String,
    /// The Sovereign's domain.
    pub domain: String,
    /// Its number. A line only goes up.
    pub sequence: u64,
    /// The release index of the line before this one.
    pub previous: Option<Digest>,
    /// When it was made, as the caller says; see [`rfc3339`].
    pub created: String,
    /// What made it, with its version.
    pub tool: String,
}

impl Header {
    /// As annotations.
    pub fn annotations(&self) -> BTreeMap<String, String> {
        let sequence = self.sequence.to_string();
        let mut all: BTreeMap<String, String> = [
            (FORMAT, "1"),
            (LINE, &self.line),
            (SOVEREIGN, &self.sovereign),
            (DOMAIN, &self.domain),
            (SEQUENCE, &sequence),
            (CREATED, &self.created),
            (TOOL, &self.tool),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        all.extend(self.previous.map(|it| (PREVIOUS.to_owned(), it.to_string())));
        all
    }

    /// From annotations. There must be no other: what this version does not know might matter.
    pub fn parse(annotations: &BTreeMap<String, String>) -> Result<Header, Flaw> {
        let get = |name: &'static str| {
            annotations.get(name).filter(|it| !it.is_empty()).cloned().ok_or(Flaw::Header(name))
        };
        if get(FORMAT)? != "1" {
            return Err(Flaw::Header(FORMAT));
        }
        let previous = annotations.get(PREVIOUS).map(|it| Digest::parse(it)).transpose();
        let header = Header {
            line: get(LINE)?,
            sovereign: get(SOVEREIGN)?,
            domain: get(DOMAIN)?,
            sequence: get(SEQUENCE)?.parse().map_err(|_| Flaw::Header(SEQUENCE))?,
            previous: previous.map_err(|_| Flaw::Header(PREVIOUS))?,
            created: get(CREATED)?,
            tool: get(TOOL)?,
        };
        // They are shown to people, and the first three are names of files and lines.
        for (name, text) in [(LINE, &header.line), (SOVEREIGN, &header.sovereign), (DOMAIN, &header.domain)] {
            let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.".contains(&it);
            if text.len() > 253 || !text.bytes().all(plain) {
                return Err(Flaw::Header(name));
            }
        }
        for (name, text) in [(CREATED, &header.created), (TOOL, &header.tool)] {
            if text.len() > 253 || !text.bytes().all(|it| matches!(it, b' '..=b'~')) {
                return Err(Flaw::Header(name));
            }
        }
        // Also refuses `+7` and `007` for 7.
        if header.annotations() == *annotations { Ok(header) } else { Err(Flaw::Header("annotations")) }
    }
}

/// Seconds since 1970 as a date and time in UTC. Years up to 9999; later ones are that year's last second.
pub fn rfc3339(seconds: u64) -> String {
    let seconds = seconds.min(253_402_300_799);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of year 0, in eras of 400 years; the year ends in February, so that a leap day comes last.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + era * 400 + carry;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}
