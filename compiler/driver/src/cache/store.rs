//! The cache file: a line with the form, the program and a digest, then the certificate as JSON. Whatever does not fit is no certificate.

use super::findings::{self, list, parts, text};
use super::{Certificate, Part};
use crate::Project;
use crate::build::Counts;
use catalyst_model::SovereignName;
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Durability, Root, own_program, read_bytes, write_atomic};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where it stands in a project.
const FILE: &str = ".catalystc/cache/build";
/// Keeps the folder out of Git wherever a project is.
const IGNORE: (&str, &str) = (".catalystc/.gitignore", "*\n");

impl Certificate {
    /// The one of this project, made by this very program.
    pub(crate) fn load(project: &Project) -> Option<Certificate> {
        let (bytes, _) = read_bytes(&project.root, &TreePath::new(FILE).ok()?, 1 << 30).ok()?;
        Certificate::parse(&bytes, &program()?)
    }

    /// Keeps it for the next build. That may fail, as in a project that must not be written to: then nothing is kept.
    pub(crate) fn store(&self, project: &Project) {
        let Some(program) = program() else { return };
        let bytes = self.print(&program);
        // What would not read back equal, such as a number in a proposed fix, is not kept.
        let reads_back = || Certificate::parse(&bytes, &program).as_ref() == Some(self);
        if reads_back() && keep_out_of_git(&project.root).is_some() {
            put(&project.root, FILE, &bytes);
        }
    }

    pub(super) fn print(&self, program: &str) -> Vec<u8> {
        let part = |(name, part): (&SovereignName, &Part)| {
            let Part { key, stamp, bytes, counts, externs, findings } = part;
            let Counts { clusters, vclusters, releases, applications } = counts;
            let findings: Vec<Value> = findings.iter().map(findings::write).collect();
            let counts = [clusters, vclusters, releases, applications];
            json!([name.as_str(), key, stamp, bytes, counts, externs, findings])
        };
        let body = json!([
            self.inputs,
            self.charts.iter().map(TreePath::as_str).collect::<Vec<_>>(),
            self.asked,
            self.out,
            self.index,
            self.kit.as_ref().map(|(folder, stamp)| [folder.as_str(), stamp]),
            [json!(self.tree.0), json!(self.tree.1), json!(self.tree.2)],
            self.findings.iter().map(findings::write).collect::<Vec<_>>(),
            self.sovereigns.iter().map(part).collect::<Vec<_>>(),
        ]);
        let body = body.to_string();
        format!("catalystc-cache 1 {program} {}\n{body}", digest(body.as_bytes())).into_bytes()
    }

    pub(super) fn parse(bytes: &[u8], program: &str) -> Option<Certificate> {
        let (head, body) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        if head != format!("catalystc-cache 1 {program} {}", digest(body.as_bytes())) {
            return None;
        }
        let body: Value = serde_json::from_str(body).ok()?;
        let [inputs, charts, asked, out, index, kit, tree, findings, sovereigns] = parts(&body)?;
        let [files, size, sha256] = parts(tree)?;
        Some(Certificate {
            inputs: text(inputs)?,
            charts: list(charts, |it| TreePath::new(it.as_str()?).ok())?,
            asked: text(asked),
            out: text(out)?,
            index: text(index)?,
            kit: match kit {
                Value::Null => None,
                kit => {
                    let [folder, stamp] = parts(kit)?;
                    Some((TreePath::new(folder.as_str()?).ok()?, text(stamp)?))
                }
            },
            tree: (count(files)?, size.as_u64()?, text(sha256)?),
            findings: list(findings, findings::read)?,
            sovereigns: list(sovereigns, part)?.into_iter().collect::<BTreeMap<_, _>>(),
        })
    }
}

fn part(value: &Value) -> Option<(SovereignName, Part)> {
    let [name, key, stamp, bytes, counts, externs, findings] = parts(value)?;
    let [clusters, vclusters, releases, applications] = parts(counts)?;
    let part = Part {
        key: text(key)?,
        stamp: text(stamp)?,
        bytes: bytes.as_u64()?,
        counts: Counts {
            clusters: count(clusters)?,
            vclusters: count(vclusters)?,
            releases: count(releases)?,
            applications: count(applications)?,
        },
        externs: list(externs, count)?.into_iter().collect(),
        findings: list(findings, findings::read)?,
    };
    Some((SovereignName::new(name.as_str()?).ok()?, part))
}

fn count(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

/// This program: its version, and what its file looks like, since two builds of it may have one version.
fn program() -> Option<String> {
    let file = own_program()?;
    Some(format!("{} {} {} {}", env!("CARGO_PKG_VERSION"), file.len, file.mtime_ns, file.ino))
}

/// Makes the folder of all caches of a project, with a file that keeps it out of Git. `None` when it cannot be written to.
pub(crate) fn keep_out_of_git(root: &Root) -> Option<()> {
    let known = TreePath::new(IGNORE.0).is_ok_and(|path| read_bytes(root, &path, 64).is_ok());
    if known { Some(()) } else { put(root, IGNORE.0, IGNORE.1.as_bytes()) }
}

fn put(root: &Root, path: &str, bytes: &[u8]) -> Option<()> {
    write_atomic(root, &TreePath::new(path).ok()?, bytes, Durability::Rebuildable).ok()
}
