//! Renders that are remembered.
//!
//! A render is a function of its request and of the engine, so what was rendered once need not be rendered again. The key of an entry is a
//! digest over everything that can change it:
//!
//! | What | As |
//! |---|---|
//! | the form of the entries, and how this version reads what an engine gives | [`FORM`], which grows with either |
//! | the engine | its name and the version it says, build included |
//! | the chart | path and bytes of every file, upstream archives and `Chart.yaml` included |
//! | the values | all of them, keys in order |
//! | release and namespace | as text |
//! | the cluster | version of Kubernetes, and every API that it serves |
//!
//! What is not in it: time, host, user, environment (an engine keeps them away from charts), and the number of threads. A fault of a chart is
//! remembered like its objects; what may pass, such as a render that took too long, is not. An entry that is damaged, cut or of another form
//! counts as none, and so does a folder that cannot be written to. Removing the folder is always safe.

use crate::entry;
use crate::judge::Render;
use catalyst_helm::{Engine, RenderError, Rendered, Request};
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Durability, Root, names, read_bytes, remove, write_atomic};

/// Form of the entries.
const FORM: u32 = 2;
/// Largest entry.
const LARGEST: u64 = 256 << 20;
/// Entries at most. When there are more the folder is emptied: an entry costs less to make again than to look after.
const MOST: usize = 20_000;

/// An engine with a memory.
#[derive(Debug)]
pub struct Cached<E> {
    engine: E,
    folder: Root,
}

impl<E: Engine> Cached<E> {
    /// Puts a folder of entries in front of an engine. The folder holds nothing else.
    pub fn new(engine: E, folder: Root) -> Self {
        let there = names(folder.path()).unwrap_or_default();
        if there.len() > MOST {
            for name in there.iter().filter_map(|name| TreePath::new(name).ok()) {
                // What cannot be removed is no worse than what could not be written.
                drop(remove(&folder, &name));
            }
        }
        Cached { engine, folder }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    fn path(&self, request: &Request) -> Option<TreePath> {
        let key = digest(format!("{FORM} {} {}", self.engine.identity(), request.key()).as_bytes());
        TreePath::new(&key).ok()
    }
}

impl<E: Engine> Engine for Cached<E> {
    fn identity(&self) -> String {
        self.engine.identity()
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        let path = self.path(request);
        let known = path.as_ref().and_then(|path| read_bytes(&self.folder, path, LARGEST).ok());
        if let Some(render) = known.and_then(|(bytes, _)| parse(&bytes)) {
            return render;
        }
        let render = self.engine.render(request);
        if let (Some(path), Ok(_) | Err(RenderError::Chart(_))) = (path, &render) {
            let bytes = print(&render);
            // What would not read back equal, such as a number with more digits than readers keep, is not remembered.
            if parse(&bytes).as_ref() == Some(&render) {
                drop(write_atomic(&self.folder, &path, &bytes, Durability::Rebuildable));
            }
        }
        render
    }
}

/// A line with a digest of the rest, then the rest.
fn print(render: &Render) -> Vec<u8> {
    let body = entry::write(render).to_string();
    format!("{}\n{body}", digest(body.as_bytes())).into_bytes()
}

fn parse(bytes: &[u8]) -> Option<Render> {
    let (head, body) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
    if head != digest(body.as_bytes()) {
        return None;
    }
    entry::read(serde_json::from_str(body).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{object, rendered};
    use catalyst_helm::{Again, Chart, ChartFault};
    use serde_json::json;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts its renders; the release decides what comes of them.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Engine for Counting {
        fn identity(&self) -> String {
            "counting".to_owned()
        }

        fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            match request.release.as_str() {
                "broken" => Err(RenderError::from(ChartFault::new("no"))),
                "slow" => Err(RenderError::TooLarge(1)),
                name => Ok(rendered([object(&format!("A/{name}"), json!({ "x": [1, 1.5, null, "é\n"] }))])),
            }
        }
    }

    fn request(release: &str) -> Request {
        let file = (TreePath::new("Chart.yaml").unwrap(), b"name: bp-web\n"[..].into());
        Request {
            chart: Arc::new(Chart::new([file].into()).unwrap()),
            values: Arc::default(),
            release: release.to_owned(),
            namespace: "web".to_owned(),
            kube_version: "1.33".to_owned(),
            api_versions: Arc::default(),
        }
    }

    fn cached(folder: &Path) -> Cached<Counting> {
        Cached::new(Counting::default(), Root::new(folder).unwrap())
    }

    /// How often the engine ran for a request, in a cache that is opened anew.
    fn runs(folder: &Path, request: &Request) -> usize {
        let cached = cached(folder);
        let wanted = Counting::default().render(request);
        assert_eq!(cached.render(request), wanted);
        assert_eq!(cached.render(request), wanted);
        cached.engine.0.load(Ordering::Relaxed)
    }

    #[test]
    fn a_render_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(runs(folder.path(), &request("web")), 1);
        assert_eq!(runs(folder.path(), &request("web")), 0);
        assert_eq!(runs(folder.path(), &request("broken")), 1);
        assert_eq!(runs(folder.path(), &request("broken")), 0);
        // What may pass is tried again.
        assert_eq!(runs(folder.path(), &request("slow")), 2);
    }

    #[test]
    fn whatever_changes_the_result_changes_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let base = request("web");
        assert_eq!(runs(folder.path(), &base), 1);
        let file = |text: &[u8]| (TreePath::new("Chart.yaml").unwrap(), text.into());
        let changed = [
            Request {
                chart: Arc::new(Chart::new([file(b"name: bp-web \n")].into()).unwrap()),
                ..base.clone()
            },
            Request { values: Arc::new(json!({ "a": 1 }).as_object().unwrap().clone()), ..base.clone() },
            Request { values: Arc::new(json!({ "a": "1" }).as_object().unwrap().clone()), ..base.clone() },
            Request { release: "web2".into(), ..base.clone() },
            Request { namespace: "we".into(), ..base.clone() },
            Request { kube_version: "1.34".into(), ..base.clone() },
            Request { api_versions: Arc::new(vec!["a/v1".into()]), ..base.clone() },
            Request { api_versions: Arc::new(vec!["a/v1".into(), "b/v1".into()]), ..base.clone() },
        ];
        for request in &changed {
            assert_eq!(runs(folder.path(), request), 1, "{request:?}");
        }
        assert_eq!(names(folder.path()).unwrap().len(), 1 + changed.len());
        assert_eq!(runs(folder.path(), &base), 0);
    }

    #[test]
    fn a_second_render_has_entries_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Arc::new(Counting::default());
        let root = || Root::new(folder.path()).unwrap();
        let (first, again) =
            (Cached::new(engine.clone(), root()), Cached::new(Again(engine.clone()), root()));
        let request = request("web");
        let runs = || engine.0.load(Ordering::Relaxed);
        first.render(&request).unwrap();
        // What the first render gave is never taken for the second one.
        again.render(&request).unwrap();
        assert_eq!((runs(), names(folder.path()).unwrap().len()), (2, 2));
        first.render(&request).unwrap();
        again.render(&request).unwrap();
        assert_eq!(runs(), 2);
        assert_ne!(first.path(&request), again.path(&request));
        assert_ne!(again.identity(), first.identity());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test damages entries")]
    fn a_damaged_entry_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |folder: &Path| folder.join(&names(folder).unwrap()[0]);
        assert_eq!(runs(folder.path(), &request("web")), 1);
        let whole = std::fs::read(entry(folder.path())).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [&b""[..], &whole[..whole.len() / 2], &flipped, b"\xff\n{}", b"0\n{}"] {
            std::fs::write(entry(folder.path()), damaged).unwrap();
            assert_eq!(runs(folder.path(), &request("web")), 1);
            assert_eq!(std::fs::read(entry(folder.path())).unwrap(), whole);
        }
    }
}
