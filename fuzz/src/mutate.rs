//! From bytes to a project: the bytes are a list of small edits of a project that compiles.
//!
//! Each edit names a file, a line and what happens to the line. So most inputs are still nearly a project, and reach the phases behind
//! the reader.

/// What is put in place of a value, a key or a part of a text.
const WORDS: &[&str] = &[
    "",
    "null",
    "~",
    "true",
    "no",
    "0",
    "-1",
    "1.5",
    "9223372036854775808",
    "1e400",
    "0x10",
    "0o7",
    "12:30:45",
    ".nan",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "[[]]",
    "\"\"",
    "' '",
    "\"\\u0000\"",
    "\"\\x1b[31m\"",
    "\u{202e}",
    "\u{feff}",
    "é",
    "日本",
    "a/b",
    "..",
    ".",
    "con",
    "-",
    "?",
    ":",
    "|",
    ">-",
    "&a",
    "*a",
    "&a [*a]",
    "<<: *a",
    "!!binary aGk=",
    "!x y",
    "# c",
    "---",
    "...",
    "%YAML 1.1",
    "\t",
    "  ",
    "tiny",
    "acme",
    "other",
    "site",
    "store",
    "notes",
    "bp-web",
    "bp-store",
    "bp-cnpg",
    "bp-flux",
    "bp-notes",
    "bp-nothing",
    "bp-",
    "web",
    "prod",
    "dev",
    "stg",
    "uat",
    "poc",
    "acme-prod",
    "acme-dev",
    "acme-",
    "nbg",
    "fsn",
    "hel",
    "mgt",
    "rtz",
    "dmz",
    "hetzner",
    "01",
    "06",
    "06a",
    "99",
    "host",
    "cluster",
    "vcluster",
    "listed",
    "private",
    "unlisted",
    "small",
    "large",
    "single-region",
    "active-active",
    "active-hotstandby",
    "^1",
    "~1.2",
    ">=1 <2",
    "1.x || 2.x",
    "*",
    ">9",
    "1.2.0",
    "1.2.0-rc.1",
    "v1.0.1",
    "1.1.0+b",
    "1.2",
    "0.0.0",
    "t77.omani.works",
    "omani.works",
    "openova.io",
    "example.com",
    "x.omani.works.",
    "{{ config.replicas }}",
    "{{ config.mode == 'database' }}",
    "{{ true }}",
    "{{ false }}",
    "{{ config.nothing }}",
    "{{ config.replicas + 1 }}",
    "{{",
    "}}",
    "{{ }}",
    "{{ dependencies.db.secret }}",
    "{{ sovereign.domain }}",
    "{{ application }}",
    "{{ config }}",
    "{{ environment.name }}",
    "{{ [1, 2].map(x, x * 2) }}",
    "{{ 1 / 0 }}",
    "{{ 'x'.matches('(') }}",
    "{{ region }}",
    "{{ placement.mode }}",
    "string",
    "integer",
    "object",
    "array",
    "number",
    "boolean",
    "^(a+)+$",
    "(",
    "Application",
    "Blueprint",
    "Environment",
    "Organization",
    "Sovereign",
    "Kit",
    "Project",
    "Continuum",
    "catalyst.openova.io/v1",
    "catalyst.openova.io/v1alpha1",
    "apps.openova.io/v1",
    "orgs.openova.io/v1",
    "dr.openova.io/v1",
    "24h",
    "1h30m",
    "0 14 * * 2,4",
    "8.8.8.8",
    "${SOVEREIGN_FQDN}",
    "$${x}",
    "${x",
    "name",
    "spec",
    "metadata",
    "kind",
    "apiVersion",
    "when",
    "alias",
    "depends",
    "values",
    "config",
    "replicas",
    "enum",
    "minimum",
    "required",
    "properties",
    "items",
    "additionalProperties",
    "oneOf",
    "$ref",
    "#/properties/a",
    "pattern",
    "default",
    "ref",
    "provides",
    "requires",
    "outputs",
    "overlays",
    "visibility",
    "catalog",
    "placement",
    "regions",
    "version",
];

/// A reader of choices; when the bytes are used up, every choice is the first one.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number below `of`.
    fn below(&mut self, of: usize) -> usize {
        let byte = usize::from(self.byte().unwrap_or(0));
        let byte = if of > 256 { byte << 8 | usize::from(self.byte().unwrap_or(0)) } else { byte };
        byte % of.max(1)
    }

    /// A word of the list, or a few bytes as they are.
    fn word(&mut self) -> String {
        match self.below(256) {
            at if at < WORDS.len().min(240) => WORDS[at].to_owned(),
            _ => {
                let take = self.below(24).min(self.0.len());
                let (word, rest) = self.0.split_at(take);
                self.0 = rest;
                String::from_utf8_lossy(word).into_owned()
            }
        }
    }
}

/// At most this many edits; more make a text that nobody would write.
const EDITS: usize = 12;

/// The project with the edits that the bytes say.
pub fn project(base: &[(&str, &str)], data: &[u8]) -> Vec<(String, String)> {
    let mut files: Vec<(String, Vec<String>)> = base
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.lines().map(str::to_owned).collect()))
        .collect();
    let mut choices = Choices(data);
    let mut removed = vec![false; files.len()];
    for _ in 0..EDITS {
        let Some(action) = choices.byte() else { break };
        let file = choices.below(files.len());
        let line = choices.below(files[file].1.len());
        let other = choices.below(files.len());
        let line_of_other = choices.below(files[other].1.len());
        let borrowed = files[other].1.get(line_of_other).cloned().unwrap_or_default();
        let lines = &mut files[file].1;
        if lines.is_empty() {
            lines.push(choices.word());
            continue;
        }
        let indent = lines[line].len() - lines[line].trim_start().len();
        match action % 16 {
            0 => drop(lines.remove(line)),
            1 => lines.insert(line, lines[line].clone()),
            2 | 3 => lines[line] = value_replaced(&lines[line], &choices.word()),
            4 => {
                let value = borrowed.split_once(": ").map_or(borrowed.trim(), |(_, value)| value).to_owned();
                lines[line] = value_replaced(&lines[line], &value);
            }
            5 => lines.insert(line + 1, format!("{}{}", " ".repeat(indent), borrowed.trim_start())),
            6 => {
                let with = (line + 1) % lines.len();
                lines.swap(line, with);
            }
            7 => {
                let word = choices.word();
                let at = choices.below(lines[line].chars().count() + 1);
                let at = lines[line].char_indices().nth(at).map_or(lines[line].len(), |(at, _)| at);
                lines[line].insert_str(at, &word);
            }
            8 => lines[line].insert_str(0, "  "),
            9 => lines[line] = lines[line].strip_prefix("  ").unwrap_or(&lines[line]).to_owned(),
            10 => {
                let key = choices.word();
                let value = choices.word();
                lines.insert(line + 1, format!("{}{key}: {value}", " ".repeat(indent)));
            }
            11 => {
                let key = choices.word();
                lines[line] = match lines[line].trim_start().split_once(':') {
                    Some((_, rest)) => format!("{}{key}:{rest}", " ".repeat(indent)),
                    None => key,
                };
            }
            12 => {
                // One word of a line by another, everywhere in the file: references and what they mean part.
                let words: Vec<&str> =
                    lines[line].split(|c: char| !c.is_alphanumeric() && c != '-').collect();
                let from = words
                    .iter()
                    .rev()
                    .find(|word| word.len() > 1)
                    .map_or(String::new(), |word| (*word).to_owned());
                let to = choices.word();
                if !from.is_empty() {
                    lines.iter_mut().for_each(|line| *line = line.replace(&from, &to));
                }
            }
            13 => {
                let copy = files[other].1.clone();
                files[file].1.push("---".to_owned());
                files[file].1.extend(copy);
            }
            14 => removed[file] = true,
            _ => lines.truncate(line),
        }
    }
    let kept = files.into_iter().zip(removed).filter(|(_, removed)| !removed);
    kept.map(|((path, lines), _)| (path, lines.join("\n") + "\n"))
        .filter(|(_, text)| text.len() < 1 << 16)
        .collect()
}

/// The line with another value behind its key, or behind its dash.
fn value_replaced(line: &str, value: &str) -> String {
    match line.find(": ").map(|at| at + 2).or_else(|| line.find("- ").map(|at| at + 2)) {
        Some(at) => format!("{}{value}", &line[..at]),
        None => format!("{line} {value}"),
    }
}
