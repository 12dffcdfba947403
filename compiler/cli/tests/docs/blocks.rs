//! A page of Markdown as the blocks that are tested.

/// One thing on a page that is tested.
#[derive(Debug)]
pub(crate) struct Block {
    /// The line of the page it starts at, counted from 1.
    pub(crate) line: usize,
    /// The lines of the page that its body takes, from 0; empty for a comment.
    pub(crate) body: std::ops::Range<usize>,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// `<!-- start: NAME -->`
    Start(String),
    /// `<!-- run: COMMAND -->`
    Hidden(String),
    /// `<!-- ci: PATH -->`
    Pipeline(String),
    /// `<!-- registry: NAME -->`
    Registry(String),
    /// `<!-- charts: NAME CHART@VERSION... -->`
    Charts(String),
    /// Commands with their output.
    Console(Vec<Call>),
    /// A whole file.
    File { path: String, text: String },
    /// A change of a file.
    Edit { path: String, text: String },
    /// Lines of a file.
    Excerpt { path: String, text: String },
    /// Commands of the gate.
    Gate(Vec<String>),
    /// A block that nothing says how to test.
    Unknown(String),
}

/// A command, and what it prints.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) command: String,
    /// The lines that the command takes on the page.
    pub(crate) shown: Vec<String>,
    pub(crate) output: String,
    pub(crate) code: i32,
}

/// Reads a page. Fences are not indented and have three backticks or more.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some((key, value)) = comment(line) {
            let what = match key {
                "start" => What::Start(value.into()),
                "run" => What::Hidden(value.into()),
                "ci" => What::Pipeline(value.into()),
                "registry" => What::Registry(value.into()),
                "charts" => What::Charts(value.into()),
                _ => What::Unknown(line.into()),
            };
            blocks.push(Block { line: at + 1, body: at..at, what });
        }
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            if line.trim_start().starts_with("```") {
                blocks.push(Block {
                    line: at + 1,
                    body: at..at,
                    what: What::Unknown("an indented fence".into()),
                });
            }
            at += 1;
            continue;
        }
        let fence = &line[..ticks];
        let end = (at + 1..lines.len()).find(|it| lines[*it] == fence).unwrap_or(lines.len());
        let body = at + 1..end;
        let path = path_before(&lines[..at]);
        if let Some(what) = block(&line[ticks..], path, &lines[body.clone()]) {
            blocks.push(Block { line: at + 1, body, what });
        }
        at = end + 1;
    }
    blocks
}

fn comment(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("<!-- ")?.strip_suffix(" -->")?.split_once(": ")
}

/// The path that the paragraph before a block ends with, and whether it says nothing else.
fn path_before(lines: &[&str]) -> Option<(String, bool)> {
    let last = lines.iter().rposition(|line| !line.is_empty())?;
    let (before, path) = lines[last].strip_suffix("`:")?.rsplit_once('`')?;
    let alone = before.is_empty() && last.checked_sub(1).is_none_or(|above| lines[above].is_empty());
    Some((path.into(), alone))
}

fn block(info: &str, path: Option<(String, bool)>, body: &[&str]) -> Option<What> {
    let text = body.iter().map(|line| format!("{line}\n")).collect::<String>();
    Some(match (info, path) {
        ("text", _) => return None,
        ("console", _) => What::Console(calls(body)),
        ("sh", _) => What::Gate(body.iter().map(|it| (*it).to_owned()).collect()),
        ("", _) => What::Unknown("a block without a language".into()),
        ("diff", Some((path, _))) => What::Edit { path, text },
        (_, Some((path, true))) => What::File { path, text },
        (_, Some((path, false))) => What::Excerpt { path, text },
        (info, None) => {
            What::Unknown(format!("a block of `{info}`, and no line before it that ends with a path"))
        }
    })
}

fn calls(body: &[&str]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for line in body {
        if let Some(command) = line.strip_prefix("$ ") {
            let shown = vec![(*line).to_owned()];
            calls.push(Call { command: command.into(), shown, output: String::new(), code: 0 });
            continue;
        }
        // What stands before the first command runs as a command that fails.
        let Some(call) = calls.last_mut() else {
            let shown = vec![(*line).to_owned()];
            calls.push(Call { command: (*line).to_owned(), shown, output: String::new(), code: 0 });
            continue;
        };
        if let Some(more) = line.strip_prefix("> ").filter(|_| call.command.ends_with('\\')) {
            call.command = format!("{}\n{more}", call.command);
            call.shown.push((*line).to_owned());
        } else if let Some(code) = line.strip_prefix("? ").and_then(|it| it.parse().ok()) {
            call.code = code;
        } else {
            call.output.push_str(line);
            call.output.push('\n');
        }
    }
    calls
}
