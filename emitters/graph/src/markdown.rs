//! Markdown tables, as far as a table of dependencies needs them.

/// A table: its header and its rows, marks taken out of the cells.
pub(crate) struct Table {
    /// Line of the header, from 1.
    pub(crate) line: usize,
    /// Cells of the header.
    pub(crate) header: Vec<String>,
    /// Rows, each with its line.
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// The column whose header is one of these words, whatever the case, spaces and punctuation.
    pub(crate) fn column(&self, words: &[&str]) -> Option<usize> {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        self.header.iter().position(|cell| words.contains(&plain(cell).as_str()))
    }
}

/// All tables outside of fenced code.
pub(crate) fn tables(document: &str) -> Vec<Table> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    let lines: Vec<&str> = document.lines().map(str::trim).collect();
    let mut at = 0;
    while let Some(&line) = lines.get(at) {
        match fence {
            Some(mark) if line.starts_with(mark) => fence = None,
            Some(_) => {}
            None => {
                fence = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark));
                if let Some(table) = table(&lines, at) {
                    at += table.rows.len() + 1;
                    found.push(table);
                }
            }
        }
        at += 1;
    }
    found
}

/// The table whose header is at line `at`: the next line has only hyphens, colons and bars.
fn table(lines: &[&str], at: usize) -> Option<Table> {
    let ruler = lines.get(at + 1)?;
    let is_ruler = ruler.contains('-')
        && ruler.contains('|')
        && ruler.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '));
    if !lines[at].contains('|') || !is_ruler {
        return None;
    }
    let rows = lines.iter().enumerate().skip(at + 2).take_while(|(_, line)| line.contains('|'));
    Some(Table {
        line: at + 1,
        header: cells(lines[at]),
        rows: rows.map(|(at, line)| (at + 1, cells(line))).collect(),
    })
}

/// Cells of a row. A bar behind a backslash is text.
fn cells(row: &str) -> Vec<String> {
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => push(&mut cells, chars.next().unwrap_or('|')),
            '|' => cells.push(String::new()),
            _ => push(&mut cells, c),
        }
    }
    if row.ends_with('|') {
        cells.pop();
    }
    cells.iter().map(|cell| strip(cell)).collect()
}

fn push(cells: &mut [String], c: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(c);
    }
}

/// The text of a cell: no emphasis, no code marks, links as their text, line breaks as commas.
fn strip(cell: &str) -> String {
    let mut text = cell.replace("**", "").replace(['`', '*'], "");
    for line_break in ["<br>", "<br/>", "<br />"] {
        text = text.replace(line_break, ", ");
    }
    while let Some((open, middle)) = text.find("](").map(|middle| (text[..middle].rfind('['), middle)) {
        let (Some(open), Some(close)) = (open, text[middle..].find(')')) else { break };
        let words = text[open + 1..middle].to_owned();
        text.replace_range(open..=middle + close, &words);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_stripped_of_marks() {
        let row = cells("| **a** | `b\\|c` | [d](https://x/(y)) <br> e |  |");
        assert_eq!(row, ["a", "b|c", "d) ,  e", ""]);
        assert_eq!(cells("a | b"), ["a", "b"]);
    }

    #[test]
    fn code_is_no_table() {
        let document =
            "```\n| A | B |\n|---|---|\n| 1 | 2 |\n```\n\n| C | depends on |\n|:--|--:|\n| 3 | 4 |\n\ntext";
        let tables = tables(document);
        assert_eq!(tables.len(), 1);
        assert_eq!((tables[0].line, tables[0].rows.clone()), (7, vec![(9, vec!["3".into(), "4".into()])]));
        assert_eq!(tables[0].column(&["dependson"]), Some(1));
    }
}
