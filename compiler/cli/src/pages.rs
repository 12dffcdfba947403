//! The pages of all rules, as they stand in the book.

macro_rules! pages {
    ($($name:literal)*) => {
        /// Name and page of every rule.
        const PAGES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../docs/src/rules/", $name, ".md")))),*];
    };
}

catalyst_diag::with_rule_names!(pages);

/// A part of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Section<'p> {
    /// Its title, such as "Why it matters".
    pub(crate) title: &'p str,
    /// Its text, in Markdown.
    pub(crate) text: &'p str,
}

/// The parts of the page of a rule, in order.
pub(crate) fn sections_of(rule: &str) -> Vec<Section<'static>> {
    PAGES.iter().find(|(name, _)| *name == rule).map(|(_, page)| sections(page)).unwrap_or_default()
}

fn sections(page: &str) -> Vec<Section<'_>> {
    let (mut starts, mut at, mut fenced) = (Vec::new(), 0, false);
    for line in page.split_inclusive('\n') {
        fenced ^= line.starts_with("```");
        if !fenced && line.starts_with("## ") {
            starts.push((at, at + line.len()));
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([page.len()]);
    let section = |((title, text), end): (&(usize, usize), usize)| Section {
        title: page[title + 3..*text].trim_end(),
        text: page[*text..end].trim(),
    };
    starts.iter().zip(ends).map(section).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_parts() {
        for (name, page) in PAGES {
            assert!(page.starts_with(&format!("# {name}\n\n## ")), "{name}");
            let titles: Vec<_> = sections(page).iter().map(|it| it.title).collect();
            assert_eq!(titles[..4], ["What it asks", "Why it matters", "Example", "Fixed"], "{name}");
            assert!(
                titles[4..].iter().all(|it| ["Exceptions", "See also"].contains(it)),
                "{name}: {titles:?}"
            );
            assert!(sections(page).iter().all(|it| it.text.len() > 10), "{name}");
        }
    }

    #[test]
    fn a_heading_in_a_block_is_none() {
        let found = sections("# x\n\n## One\n\n```text\n## no\n```\n\n## Two\n\nend\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Section { title: "One", text: "```text\n## no\n```" });
        assert_eq!(found[1].text, "end");
    }
}
