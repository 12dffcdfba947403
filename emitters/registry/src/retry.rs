//! When to try again, and after how long: exponential back-off with full jitter, unless the server names a time.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// How often, and with which pauses, a request that failed for a moment is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, the first one among them.
    pub tries: u32,
    /// Longest pause after the first try; it doubles from try to try.
    pub base: Duration,
    /// No pause is longer, unless the server asks for it.
    pub cap: Duration,
    /// A server that asks for a longer pause than this is given up.
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            tries: 5,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(15),
            patience: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// The pause after try number `tried` (from 1). `None` when that was the last one, or the server asks for more patience than there is.
    pub(crate) fn pause(&self, tried: u32, asked: Option<Duration>) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        match asked {
            Some(asked) if asked > self.patience => None,
            Some(asked) => Some(asked),
            None => {
                let longest = self.base.saturating_mul(1 << (tried - 1).min(16)).min(self.cap);
                // Any even spread will do, so that clients that failed together do not come back together.
                let dice = RandomState::new().hash_one(tried) >> 32;
                Some(longest.mul_f64(dice as f64 / f64::from(u32::MAX)))
            }
        }
    }
}

/// The pause that a `Retry-After` asks for: seconds, or a time, which is held against the time that the same answer says it is. So no clock
/// of ours is read, which could be another than the server's.
pub(crate) fn asked(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = retry_after.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (then, now) = (time(retry_after)?, time(date?)?);
    Some(Duration::from_secs(then.saturating_sub(now)))
}

/// Seconds since the year 0, by the form of times that servers must send: `Wed, 21 Oct 2026 07:28:00 GMT`.
fn time(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.trim().split_once(", ")?;
    let mut words = rest.split(' ');
    let mut word = || words.next();
    let number = |text: &str, most: u64| text.parse::<u64>().ok().filter(|it| *it <= most);
    let day = number(word()?, 31)?;
    let name = word()?;
    let month = MONTHS.iter().position(|it| *it == name)? as u64 + 1;
    let year = number(word()?, 9999)?;
    let mut clock = word()?.split(':');
    let mut part = |most| number(clock.next()?, most);
    // A minute may have a leap second.
    let (hours, minutes, seconds) = (part(23)?, part(59)?, part(60)?);
    if word()? != "GMT" || word().is_some() {
        return None;
    }
    // Years begin in March, so that the day of a leap year is the last one.
    let (year, month) = if month < 3 { (year.checked_sub(1)?, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_end() {
        let retry = Retry { tries: 5, cap: Duration::from_secs(3), ..Retry::default() };
        for (tried, longest) in [(1, 500), (2, 1000), (3, 2000), (4, 3000)] {
            let pauses: Vec<Duration> = (0..200).map(|_| retry.pause(tried, None).unwrap()).collect();
            let longest = Duration::from_millis(longest);
            assert!(pauses.iter().all(|it| *it <= longest), "{tried}");
            assert!(pauses.iter().any(|it| *it > longest / 2) && pauses.iter().any(|it| *it < longest / 2));
        }
        assert_eq!(retry.pause(5, None), None);
    }

    #[test]
    fn the_server_is_obeyed_within_reason() {
        let retry = Retry::default();
        assert_eq!(retry.pause(1, asked(" 7 ", None)), Some(Duration::from_secs(7)));
        assert_eq!(retry.pause(1, asked("3600", None)), None);
        assert_eq!(retry.pause(5, asked("1", None)), None);
    }

    #[test]
    fn a_time_is_held_against_that_of_the_answer() {
        let pause = |then: &str, now: &str| asked(then, Some(now)).map(|it| it.as_secs());
        let then = "Wed, 21 Oct 2026 07:28:00 GMT";
        assert_eq!(pause(then, "Wed, 21 Oct 2026 07:27:48 GMT"), Some(12));
        assert_eq!(pause(then, "Wed, 21 Oct 2026 08:00:00 GMT"), Some(0));
        assert_eq!(pause("Fri, 01 Mar 2024 00:00:00 GMT", "Wed, 28 Feb 2024 23:59:59 GMT"), Some(86_401));
        assert_eq!(pause("Sat, 01 Mar 2025 00:00:00 GMT", "Fri, 28 Feb 2025 23:59:59 GMT"), Some(1));
        assert_eq!(pause("Thu, 01 Jan 2026 00:00:00 GMT", "Wed, 31 Dec 2025 23:59:30 GMT"), Some(30));
        for wrong in [
            "",
            "soon",
            "Wed, 21 Oct 2026 07:28:00",
            "Wed, 21 Okt 2026 07:28:00 GMT",
            "Wed, 32 Oct 2026 07:28:00 GMT",
        ] {
            assert_eq!(pause(wrong, then), None, "{wrong}");
        }
        assert_eq!(asked(then, None), None);
    }
}
