//! Which variables and fields an expression reads.

use std::collections::BTreeSet;

use crate::ast::{Kind, Node};

/// Every path that starts at a variable of the scope, as long as it is known without evaluating; sorted, each once.
pub(crate) fn references(node: &Node) -> Vec<Vec<String>> {
    let mut found = BTreeSet::new();
    collect(node, &mut Vec::new(), &mut found);
    found.into_iter().collect()
}

fn collect<'n>(node: &'n Node, locals: &mut Vec<&'n str>, found: &mut BTreeSet<Vec<String>>) {
    if let Some(path) = path(node, locals) {
        found.insert(path);
        return;
    }
    match &node.kind {
        // The variable of a macro is none of the scope's, but only inside of the macro.
        Kind::Macro { target, variable, filter, body, .. } => {
            collect(target, locals, found);
            locals.push(variable);
            filter.iter().for_each(|filter| collect(filter, locals, found));
            collect(body, locals, found);
            locals.pop();
        }
        Kind::Call { name, target: Some(target), arguments, .. }
            if matches!(name.as_str(), "of" | "none")
                && matches!(&target.kind, Kind::Name { name, .. } if name == "optional") =>
        {
            arguments.iter().for_each(|argument| collect(argument, locals, found));
        }
        _ => node.children().for_each(|child| collect(child, locals, found)),
    }
}

/// `config.postgres['mode']` as a path, if it is one.
fn path(node: &Node, locals: &[&str]) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    let mut node = node;
    loop {
        match &node.kind {
            Kind::Name { name, root } if *root || !locals.contains(&name.as_str()) => {
                segments.push(name.clone());
                segments.reverse();
                return Some(segments);
            }
            Kind::Select { operand, field, .. } | Kind::Has { operand, field, .. } => {
                segments.push(field.clone());
                node = operand;
            }
            Kind::Index { operand, index, .. } => {
                let Kind::String(key) = &index.kind else { return None };
                segments.push(key.clone());
                node = operand;
            }
            _ => return None,
        }
    }
}
