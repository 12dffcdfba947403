//! Machine fixes: the edits that findings carry, applied to the source.

use crate::compile::{CompileOptions, compile};
use crate::{LoadError, NoProgress, Project};
use catalyst_db::{FileKind, SourceFile};
use catalyst_diag::{At, Diagnostic, Edit, EditAction, Fix};
use catalyst_source::{KeyPath, TreePath};
use catalyst_system::{Durability, IoError, rename_file, write_atomic};
use catalyst_yaml::edit::{Change, apply};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds at most: one fix can make the next one possible.
const ROUNDS: usize = 8;

/// What was mended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Titles of the fixes, by file.
    pub applied: Vec<(TreePath, String)>,
    /// Texts before and after, by path.
    pub texts: BTreeMap<TreePath, (String, String)>,
    /// Files that move.
    pub moves: BTreeMap<TreePath, TreePath>,
    /// Fixes that could not be applied, and why.
    pub refused: Vec<(TreePath, String)>,
}

/// Works out all fixes of the given rules (all rules when empty) in memory. Nothing is written.
pub fn plan_fixes(project: &mut Project, rules: &[String]) -> Fixed {
    let mut fixed = Fixed::default();
    for _ in 0..ROUNDS {
        let done = compile(project, &CompileOptions::default(), &NoProgress, |_, _| ());
        if !round(project, &fixes_of(&done.diagnostics, rules), &mut fixed) {
            break;
        }
    }
    fixed
}

/// Adds the fixes of findings that something else than compiling gave.
pub fn plan_more(project: &mut Project, findings: &[Diagnostic], rules: &[String], fixed: &mut Fixed) {
    round(project, &fixes_of(findings, rules), fixed);
}

/// The fixes of the given rules, of all rules when there are none.
fn fixes_of<'d>(findings: &'d [Diagnostic], rules: &[String]) -> Vec<&'d Fix> {
    let wanted = |it: &&Diagnostic| rules.is_empty() || rules.iter().any(|rule| rule == it.rule.name);
    findings.iter().filter(wanted).filter_map(|it| it.fix.as_ref()).collect()
}

/// Applies what can be applied together: fixes whose edits do not touch the same nodes.
fn round(project: &mut Project, fixes: &[&Fix], fixed: &mut Fixed) -> bool {
    let mut by_file: BTreeMap<TreePath, Vec<(u32, KeyPath, Change)>> = BTreeMap::new();
    let mut taken: BTreeSet<(TreePath, u32, KeyPath)> = BTreeSet::new();
    let mut titles: BTreeMap<TreePath, BTreeSet<String>> = BTreeMap::new();
    for fix in fixes {
        let touches: Vec<_> = fix.edits.iter().filter_map(touched).collect();
        if touches.iter().any(|one| taken.iter().any(|other| overlaps(one, other))) {
            continue;
        }
        for edit in &fix.edits {
            match (&edit.action, change(edit)) {
                (EditAction::MoveFile(to), _) => {
                    if let Ok(to) = TreePath::new(to)
                        && !fixed.moves.contains_key(&edit.place.file)
                        && project.file(&to).is_none()
                    {
                        fixed.moves.insert(edit.place.file.clone(), to);
                        fixed.applied.push((edit.place.file.clone(), fix.title.clone()));
                    }
                }
                (_, Some((document, path, change))) => {
                    by_file.entry(edit.place.file.clone()).or_default().push((document, path, change));
                    titles.entry(edit.place.file.clone()).or_default().insert(fix.title.clone());
                }
                _ => {}
            }
        }
        taken.extend(touches);
    }
    let mut changed = false;
    for (path, edits) in by_file {
        let Some(before) = project.text(&path) else { continue };
        match apply(&before, &edits) {
            Ok(after) if after != *before => {
                fixed.texts.entry(path.clone()).or_insert_with(|| (before.to_string(), String::new())).1 =
                    after.clone();
                project.set_text(&path, &after);
                fixed
                    .applied
                    .extend(titles.remove(&path).into_iter().flatten().map(|title| (path.clone(), title)));
                changed = true;
            }
            Ok(_) => {}
            Err(why) => fixed.refused.push((path, why)),
        }
    }
    changed
}

fn touched(edit: &Edit) -> Option<(TreePath, u32, KeyPath)> {
    match &edit.place.at {
        At::Node { document, path, .. } => {
            let path = match &edit.action {
                EditAction::Insert { key, .. } => path.key(key),
                _ => path.clone(),
            };
            Some((edit.place.file.clone(), *document, path))
        }
        _ => None,
    }
}

/// One node is the other, or stands in it.
fn overlaps(one: &(TreePath, u32, KeyPath), other: &(TreePath, u32, KeyPath)) -> bool {
    let (short, long) =
        if one.2.steps().len() <= other.2.steps().len() { (one, other) } else { (other, one) };
    one.0 == other.0 && one.1 == other.1 && long.2.steps().starts_with(short.2.steps())
}

fn change(edit: &Edit) -> Option<(u32, KeyPath, Change)> {
    let At::Node { document, path, .. } = &edit.place.at else { return None };
    let change = match &edit.action {
        EditAction::SetValue(value) => Change::SetValue(value.clone()),
        EditAction::RenameKey(key) => Change::RenameKey(key.clone()),
        EditAction::Remove => Change::Remove,
        EditAction::Insert { key, value } => Change::Insert { key: key.clone(), value: value.clone() },
        EditAction::MoveFile(_) => return None,
    };
    Some((*document, path.clone(), change))
}

/// Writes fixes to disk, a file at a time, each whole or not at all.
pub fn write_fixes(project: &Project, fixed: &Fixed) -> Result<(), IoError> {
    for (path, (_, after)) in &fixed.texts {
        write_atomic(&project.root, path, after.as_bytes(), Durability::default())?;
    }
    for (from, to) in &fixed.moves {
        rename_file(&project.root, from, to)?;
    }
    Ok(())
}

/// The canonical form of every file of intent that is not in it, by path; a file that cannot be read has no form.
pub fn plan_format(
    project: &Project,
    only: &[TreePath],
) -> Result<BTreeMap<TreePath, (String, String)>, LoadError> {
    let mut found = BTreeMap::new();
    let is_intent = |file: SourceFile| file.kind(&project.db) == FileKind::Intent;
    for (path, _) in project.source_files().filter(|(_, file)| is_intent(*file)) {
        if !only.is_empty() && !only.iter().any(|it| path.is_within(it.as_str())) {
            continue;
        }
        let Some(before) = project.text(path) else { continue };
        if let Ok(after) = catalyst_yaml::format::format(&before)
            && after != *before
        {
            found.insert(path.clone(), (before.to_string(), after));
        }
    }
    Ok(found)
}
