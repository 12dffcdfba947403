//! The index of all rules, for the book.

use crate::{RULES, Rule};
use std::fmt::Write as _;

impl Rule {
    /// The level for people, with what a project may do about it.
    pub fn level_line(&self) -> String {
        let settable = if self.fixed { "fixed" } else { "can be set under `spec.rules` in `catalyst.yaml`" };
        format!("{} ({settable})", self.level.as_str())
    }
}

/// The page of the book that lists all rules, `docs/src/rules.md`.
pub fn rules_page() -> String {
    let mut out = String::from(
        "# Rules\n\n\
         Every finding belongs to one of these rules. `catalystc explain RULE` prints its page, with an example that breaks it and one that\n\
         keeps it. The examples change [the example project](reference/example-project.md), and are run as tests.\n\n\
         A finding at level `deny` is an error: nothing is written. Where the level is not fixed, a project may set another one under\n\
         `spec.rules` in `catalyst.yaml`, such as `unused-extern: deny`. The levels are `allow`, `note`, `warn` and `deny`.\n\n\
         The order is that of the compiler's phases.\n\n\
         | Rule | Level | What holds when it is kept |\n\
         |---|---|---|\n",
    );
    for rule in RULES {
        let fixed = if rule.fixed { ", fixed" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| [{name}](rules/{name}.md) | {}{fixed} | {} |",
            rule.level.as_str(),
            rule.summary,
            name = rule.name
        );
    }
    out
}
