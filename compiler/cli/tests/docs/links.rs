//! Links between pages lead somewhere, and to a heading that is there.

use std::path::Path;

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    let mut broken = Vec::new();
    for page in crate::pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in targets(&text) {
            links += 1;
            let (path, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            if !path.exists() || !heading.is_empty() && !has_heading(&path, heading) {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    assert!(links > 100, "pages link to each other: {links}");
}

/// Where links of a page lead, but for those that leave the repository.
fn targets(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut targets = Vec::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        // Every other part between backticks is code.
        let prose: Vec<&str> = line.split('`').step_by(2).filter(|_| !fenced).collect();
        let links = prose.join("`");
        targets.extend(links.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
    }
    targets.retain(|it| !it.contains("://"));
    targets
}

fn has_heading(page: &Path, heading: &str) -> bool {
    let text = std::fs::read_to_string(page).unwrap_or_default();
    let titles =
        text.lines().filter_map(|line| line.strip_prefix('#')).map(|it| it.trim_start_matches('#').trim());
    titles.map(slug).any(|it| it == heading)
}

/// What a heading is called in a link.
fn slug(title: &str) -> String {
    let kept = title.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.map(|it| if it == ' ' { '-' } else { it.to_ascii_lowercase() }).collect()
}
