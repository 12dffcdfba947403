//! Edits of an inherited file, in the form of a difference.

/// Applies edits to a text. Each stands for whole lines that occur exactly once; all are looked up in the text as it was. What is put in
/// their place goes through `decode`.
pub(super) fn edit(
    text: &str,
    edits: &str,
    decode: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<u8>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut changes = Vec::new();
    for edit in edits.split("\n...\n") {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for line in edit.lines() {
            let (mark, rest) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
            match mark {
                "-" => from.push(rest),
                "+" => to.extend(decode(&format!("{rest}\n"))?),
                // Editors take the space off an empty line.
                " " | "" => {
                    from.push(rest);
                    to.extend(format!("{rest}\n").into_bytes());
                }
                _ => return Err(format!("`{line}` starts with none of ` `, `-` and `+`")),
            }
        }
        if from.is_empty() {
            return Err("an edit needs a line that is in the file".to_owned());
        }
        let places: Vec<usize> = (0..lines.len()).filter(|at| lines[*at..].starts_with(&from)).collect();
        let &[at] = places.as_slice() else {
            let from = from.join("\n");
            return Err(format!("these lines stand in the file {} times, not once:\n{from}", places.len()));
        };
        changes.push((at..at + from.len(), to));
    }
    changes.sort_by_key(|(range, _)| range.start);
    let (mut out, mut next) = (Vec::new(), 0);
    for (range, to) in changes {
        if range.start < next {
            return Err(format!("two edits take line {}", range.start + 1));
        }
        lines[next..range.start].iter().for_each(|line| out.extend(format!("{line}\n").into_bytes()));
        out.extend(to);
        next = range.end;
    }
    lines[next..].iter().for_each(|line| out.extend(format!("{line}\n").into_bytes()));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::edit;

    fn plain(text: &str, edits: &str) -> Option<String> {
        let after = edit(text, edits, |it| Ok(it.as_bytes().to_vec())).ok()?;
        String::from_utf8(after).ok()
    }

    #[test]
    fn lines_are_replaced_added_and_taken_away() {
        let text = "a: 1\nb: 2\nc: 3\n";
        let is = |text, edits, after: &str| assert_eq!(plain(text, edits).as_deref(), Some(after), "{edits}");
        is(text, "-b: 2\n+b: 3\n", "a: 1\nb: 3\nc: 3\n");
        is(text, "-a: 1\n", "b: 2\nc: 3\n");
        is(text, " c: 3\n+d: 4\n", "a: 1\nb: 2\nc: 3\nd: 4\n");
        is("a: 1", " a: 1\n+b: 2\n", "a: 1\nb: 2\n");
        is("a\n\nb", " a\n\n-b\n", "a\n\n");
        is(text, "-c: 3\n+c: 4\n...\n-a: 1\n", "b: 2\nc: 4\n");
    }

    #[test]
    fn what_does_not_stand_there_once_is_refused() {
        let refused = |text, edits| assert_eq!(plain(text, edits), None, "{edits}");
        refused("a: 1\na: 1\n", "-a: 1\n");
        refused("a: 1\n", "-a: 2\n");
        refused("ba: 1\n", "-a: 1\n");
        refused("a: 1\n", "+a: 2\n");
        refused("a: 1\n", "a: 1\n");
        refused("a: 1\nb: 1\n", "-a: 1\n-b: 1\n...\n-b: 1\n");
    }
}
