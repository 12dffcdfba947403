//! `host-path`: only what runs on every node by its nature, in a DaemonSet, reaches into the file system of a node, and the template says why.

use crate::ChartSubject;
use crate::template::{documents, is_of_kind, lines};
use catalyst_diag::{Diagnostic, Place, rule};

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.templates {
        for document in documents(text) {
            let is_agent = is_of_kind(&document, &["DaemonSet"]);
            // Whether a comment stands above, without an empty line in between.
            let mut is_explained = false;
            for line in lines(&document) {
                let code = line.text.trim_start();
                let is_comment =
                    code.starts_with('#') || code.starts_with("{{/*") || code.starts_with("{{- /*");
                let at = code.find("hostPath:").filter(|_| !is_comment);
                if let Some(at) = at {
                    let from = line.text.len() - code.len() + at;
                    let place = Place::bytes(file, line.span(from, from + "hostPath".len()));
                    if !is_agent {
                        let found = Diagnostic::new(
                            &rule::HOST_PATH,
                            place,
                            "a workload that is no node agent mounts a path of its node",
                        );
                        out.push(found.help(
                            "use a volume of the cluster; what has to run on every node is a DaemonSet",
                        ));
                    } else if !is_explained && !code.contains(" #") {
                        let found = Diagnostic::new(
                            &rule::HOST_PATH,
                            place,
                            "nothing says why this path of the node is mounted",
                        );
                        out.push(found.help("write a comment above it"));
                    }
                }
                // An empty line ends what a comment is about.
                is_explained = is_comment || is_explained && !code.is_empty();
            }
        }
    }
}
