//! `.helmignore`: which files of a folder are no part of its chart.
//!
//! The rules are Helm's, which are not those of Git: patterns are matched one after the other and the first that matches leaves the file
//! out; a pattern without a slash is held against the last part of a path, one with a slash against the whole; a slash at the end means
//! folders; what a pattern behind `!` does not match is left out. `**` is no pattern. Archives have no such file: it was obeyed when they
//! were packed.

use catalyst_source::TreePath;

/// The file with the patterns.
pub const IGNORE_FILE: &str = ".helmignore";

/// The patterns of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    text: Vec<char>,
    is_negated: bool,
    is_for_folders: bool,
    is_whole: bool,
}

impl Ignore {
    /// Reads the patterns of a file; the one that Helm adds to all, for hidden files among templates, comes with them. The error reads after
    /// a colon.
    pub fn read(text: &str) -> Result<Ignore, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
        let patterns = lines.chain(["templates/.?*"]).map(Pattern::read).collect::<Result<_, _>>()?;
        Ok(Ignore { patterns })
    }

    /// Whether a file below the folder of the chart is left out, by itself or with a folder that it is in.
    pub fn leaves_out(&self, file: &TreePath) -> bool {
        let path = file.as_str();
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
        folders.chain([(path, false)]).any(|(path, is_folder)| self.matches(path, is_folder))
    }

    fn matches(&self, path: &str, is_folder: bool) -> bool {
        let whole: Vec<char> = path.chars().collect();
        let last: Vec<char> = path.rsplit('/').next().unwrap_or(path).chars().collect();
        self.patterns.iter().any(|pattern| {
            let fits = matches(&pattern.text, if pattern.is_whole { &whole } else { &last });
            let is_other_kind = pattern.is_for_folders && !is_folder;
            if pattern.is_negated { is_other_kind || !fits } else { !is_other_kind && fits }
        })
    }
}

impl Pattern {
    fn read(line: &str) -> Result<Pattern, String> {
        if line.contains("**") {
            return Err(format!("`**` in `{line}` is no pattern of Helm"));
        }
        let (is_negated, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (is_for_folders, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        let is_whole = rest.contains('/');
        let text: Vec<char> = rest.strip_prefix('/').unwrap_or(rest).chars().collect();
        if !is_closed(&text) {
            return Err(format!("`{line}` is no pattern: a `[` is not closed, or a `\\` stands at its end"));
        }
        Ok(Pattern { text, is_negated, is_for_folders, is_whole })
    }
}

/// Whether each class is closed and each escape escapes something.
fn is_closed(pattern: &[char]) -> bool {
    let mut rest = pattern;
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            '[' => match class(behind, '\0') {
                Some((_, behind)) => behind,
                None => return false,
            },
            '\\' if behind.is_empty() => return false,
            '\\' => &behind[1..],
            _ => behind,
        };
    }
    true
}

/// Whether a pattern fits a whole text. `*` and `?` do not reach over a slash. Linear in the pattern times the text.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut rest, mut at) = (pattern, 0);
    // Behind the last star, and where the text went on when it stood for less.
    let mut star: Option<(&[char], usize)> = None;
    loop {
        if let Some(('*', behind)) = rest.split_first() {
            star = Some((behind, at));
            rest = behind;
            continue;
        }
        match (step(rest, text.get(at).copied()), text.get(at)) {
            (Some(behind), Some(_)) => (rest, at) = (behind, at + 1),
            (_, None) if rest.is_empty() => return true,
            _ => match star {
                Some((behind, from)) if text.get(from).is_some_and(|it| *it != '/') => {
                    star = Some((behind, from + 1));
                    (rest, at) = (behind, from + 1);
                }
                _ => return false,
            },
        }
    }
}

/// What is left of a pattern when its first part fits a character.
fn step(pattern: &[char], c: Option<char>) -> Option<&[char]> {
    let (c, (first, behind)) = (c?, pattern.split_first()?);
    match first {
        '?' => (c != '/').then_some(behind),
        '[' => class(behind, c).and_then(|(fits, behind)| (fits && c != '/').then_some(behind)),
        '\\' => behind.split_first().and_then(|(escaped, behind)| (*escaped == c).then_some(behind)),
        first => (*first == c).then_some(behind),
    }
}

/// Whether a character is in the class that starts here, and what stands behind it; `None` when it is not closed.
fn class(pattern: &[char], c: char) -> Option<(bool, &[char])> {
    let (is_negated, mut rest) = match pattern.split_first() {
        Some(('^', behind)) => (true, behind),
        _ => (false, pattern),
    };
    let (mut fits, mut is_first) = (false, true);
    loop {
        let (low, behind) = member(rest, is_first)?;
        let Some(low) = low else { return Some((fits != is_negated, behind)) };
        rest = behind;
        let mut high = low;
        if let Some(('-', behind)) = rest.split_first() {
            let (end, behind) = member(behind, true)?;
            (high, rest) = (end?, behind);
        }
        fits |= (low..=high).contains(&c);
        is_first = false;
    }
}

/// One character of a class, or none at its end.
fn member(pattern: &[char], is_first: bool) -> Option<(Option<char>, &[char])> {
    match pattern.split_first()? {
        (']', behind) if !is_first => Some((None, behind)),
        ('\\', behind) => behind.split_first().map(|(escaped, behind)| (Some(*escaped), behind)),
        // Go takes neither for a member of a class.
        (']' | '-', _) => None,
        (c, behind) => Some((Some(*c), behind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves_out(patterns: &str, path: &str) -> bool {
        Ignore::read(patterns).unwrap().leaves_out(&TreePath::new(path).unwrap())
    }

    #[test]
    fn patterns_leave_files_out() {
        for (patterns, path) in [
            ("*.md", "README.md"),
            ("*.md", "docs/a.md"),
            ("ci/", "ci/values.yaml"),
            ("ci", "ci/a/b"),
            ("/a.txt", "a.txt"),
            ("docs/*.md", "docs/a.md"),
            ("a?c", "abc"),
            ("[a-c]x", "bx"),
            ("[^a]x", "bx"),
            (r"\*", "*"),
            ("# not this\n\n  *.bak  \n", "values.yaml.bak"),
            ("", "templates/.swp"),
            ("*a*b*c", "xxaxxbxxbc"),
            // Whatever does not fit the pattern behind the mark.
            ("!values.yaml", "a.yaml"),
        ] {
            assert!(leaves_out(patterns, path), "{patterns:?} {path}");
        }
    }

    #[test]
    fn other_files_stay() {
        for (patterns, path) in [
            ("*.md", "a.mdx"),
            ("ci/", "ci"),
            ("/a.txt", "b/a.txt"),
            ("docs/*.md", "docs/b/a.md"),
            ("a?c", "a/c"),
            ("a*c", "ab/c"),
            ("#a", "#a"),
            ("[a-c]x", "dx"),
            ("!values.yaml", "values.yaml"),
            ("", "templates/a.yaml"),
            ("*a*b*c", "xxaxxcxxb"),
        ] {
            assert!(!leaves_out(patterns, path), "{patterns:?} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for patterns in ["a/**/b", "[a", "[]a]", r"a\", "[a-]"] {
            assert!(Ignore::read(patterns).is_err(), "{patterns}");
        }
    }
}
