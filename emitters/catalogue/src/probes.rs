//! Probes: for each slot of the kit a shell script that asks a cluster whether the slot is ready, and a runner with one time limit for all.
//!
//! A probe is one line; what it has in common with others stands in `lib.sh`.

use crate::MARK;
use crate::value::{Catalogue, Entry, Slot};
use std::collections::BTreeMap;

const LIB: &str = include_str!("probes/lib.sh");
const RUN: &str = include_str!("probes/run.sh");
/// Seconds for a slot that states none: what the runner has for all of them.
const LIMIT: u32 = 600;

/// The scripts, text by name: `<slot>-<blueprint>.sh`, `lib.sh` and `run.sh`. None without a slot.
pub fn probes(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let slots = catalogue.blueprints.iter().filter_map(|it| Some((it, it.slot.as_ref()?)));
    let mut files: BTreeMap<String, String> =
        slots.map(|(it, slot)| (format!("{}-{}.sh", slot.id, it.name), probe(it, slot))).collect();
    if !files.is_empty() {
        files.insert("lib.sh".to_owned(), marked(LIB));
        files.insert("run.sh".to_owned(), marked(RUN));
    }
    files
}

/// A Blueprint that states no readiness is ready when Flux says so of its release.
fn probe(entry: &Entry, slot: &Slot) -> String {
    let (kind, name, namespace, condition, seconds) = match &entry.readiness {
        Some(it) => {
            let namespace = it.namespace.as_deref().unwrap_or(&slot.namespace);
            (it.kind.as_str(), it.name.as_str(), namespace, it.condition.as_str(), it.timeout_seconds)
        }
        None => ("helmrelease.helm.toolkit.fluxcd.io", entry.name.as_str(), "flux-system", "Ready", LIMIT),
    };
    let place = slot.place();
    let opt_in = if slot.opt_in { "# Opt-in: asked when it is named.\n" } else { "" };
    let arguments: Vec<String> =
        [entry.name.as_str(), namespace, kind, name, condition].into_iter().map(quoted).collect();
    let (id, blueprint, file) = (&slot.id, &entry.name, &entry.file);
    // In a comment a line break would begin a command.
    let [kind, name, namespace, condition] = [kind, name, namespace, condition].map(one_line);
    format!(
        "#!/bin/sh\n# {MARK} From {file}.\n# Slot {id} in {place}: {kind} {name} in namespace {namespace}, {condition} within {seconds} seconds.\n\
         {opt_in}# Usage: {id}-{blueprint}.sh [SOVEREIGN], or SOVEREIGN_FQDN in the environment.\n\
         . \"$(dirname \"$0\")/lib.sh\"\nprobe \"${{1:-${{SOVEREIGN_FQDN:-}}}}\" {} {seconds}\n",
        arguments.join(" "),
    )
}

fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// A word of the shell. `<sov>` in it becomes the domain when the probe runs, which `lib.sh` does.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The text of a script with the mark under its first line.
fn marked(script: &str) -> String {
    match script.split_once('\n') {
        Some((first, rest)) => format!("{first}\n# {MARK}\n{rest}"),
        None => script.to_owned(),
    }
}
