//! What was fetched, for whoever renders: archives by name, version and source, verified when they are read.

use super::archive::Opened;
use super::demand::source_text;
use super::fetch::archive_of_project;
use super::store::{FOLDER, Held, Store};
use super::{Locked, answer};
use crate::Project;
use catalyst_bundle::Digest;
use catalyst_helm::{Archives, Dependency};
use catalyst_registry::Source;
use catalyst_source::TreePath;
use catalyst_system::Root;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Most charts inside one another that are followed: no real chart comes near it.
pub(super) const DEPTH: usize = 8;
/// Most bytes of an archive with all that was put into it.
const LARGEST: usize = 64 << 20;

/// The charts that a project has fetched.
#[derive(Debug)]
pub struct Charts<'a> {
    pub(super) root: &'a Root,
    pub(super) store: Option<Store>,
    pub(super) locked: Locked,
}

/// The charts of a project, from this store or from its own. Reads the lock; a project without charts in it has none.
pub fn charts<'a>(project: &'a Project, store: Option<&Path>) -> Charts<'a> {
    let (db, files) = project.database();
    let locked = catalyst_db::lock(db, files).0.as_ref().map(|it| it.charts.clone()).unwrap_or_default();
    let own = || project.root.path().join(FOLDER);
    let folder = store.map_or_else(own, Path::to_path_buf);
    Charts { root: &project.root, store: Store::open(&folder), locked }
}

impl<'a> Charts<'a> {
    /// The charts of a lock that is not written yet.
    pub(super) fn of(root: &'a Root, store: &Path, locked: Locked) -> Charts<'a> {
        Charts { root, store: Store::open(store), locked }
    }

    /// Takes those that were fetched to be absent, whatever the store has.
    pub(crate) fn forget(&mut self) {
        self.store = None;
    }
}

/// What is looked for: name, wanted version and repository.
type Wanted = (String, String, String);
/// What is found: the name of the file, and the archive.
type Found = (String, Arc<[u8]>);

/// A search for an archive with all that it needs.
#[derive(Default)]
struct Search {
    /// The names of the charts that what is looked for is put into.
    around: Vec<String>,
    /// What was found: it may be needed many times.
    found: BTreeMap<Wanted, Found>,
}

impl Search {
    fn remember(&mut self, key: Wanted, it: Found) -> Found {
        self.found.insert(key, it.clone());
        it
    }
}

impl Archives for Charts<'_> {
    /// The archive of a dependency, fit to be put into `charts/`; `None` when the lock does not have it, or the store does not have these very
    /// bytes. What the dependency needs in turn and does not hold is put into it.
    fn archive(&self, dependency: &Dependency) -> Option<Arc<[u8]>> {
        let Dependency { name, version, repository } = dependency;
        self.find(name, version, repository.as_deref()?, &mut Search::default()).map(|(_, archive)| archive)
    }
}

impl Charts<'_> {
    /// The file name of an archive, and the archive.
    fn find(&self, name: &str, wanted: &str, repository: &str, search: &mut Search) -> Option<Found> {
        let key = (name.to_owned(), wanted.to_owned(), repository.to_owned());
        if let Some(found) = search.found.get(&key) {
            return Some(found.clone());
        }
        let source = self.source(name, wanted, repository)?;
        let ((_, version, _), chart) = answer(&self.locked, name, wanted, &source)?;
        let digest = Digest::from_hex(&chart.archive).ok()?;
        let archive = match source.strip_prefix("file://") {
            Some(path) => archive_of_project(self.root, name, &TreePath::new(path).ok()?).ok()?,
            None => match self.store.as_ref()?.blob(&digest) {
                Held::Whole(bytes) => bytes,
                Held::Missing | Held::Damaged => return None,
            },
        };
        if Digest::of(&archive) != digest {
            return None;
        }
        let opened = Opened::read(&archive).ok()?;
        let file = format!("{name}-{version}.tgz");
        if opened.missing.is_empty() {
            return Some(search.remember(key, (file, archive.into())));
        }
        // Charts that need each other in a ring have no end.
        if search.around.len() == DEPTH || search.around.iter().any(|it| it == name) {
            return None;
        }
        search.around.push(name.to_owned());
        let mut charts = BTreeMap::new();
        for it in opened.missing.clone() {
            let (file, archive) = self.find(&it.name, &it.wanted, &it.repository, search)?;
            charts.insert(file, archive.to_vec());
        }
        search.around.pop();
        let archive = opened.with(charts.into_iter().collect()).ok()?;
        // A few charts that each hold all the others grow without end, too.
        (archive.len() <= LARGEST).then(|| search.remember(key, (file, archive.into())))
    }

    /// The source as the lock has it. A path is relative to a chart that is not named here: its name and version tell which one it is.
    fn source(&self, name: &str, wanted: &str, repository: &str) -> Option<String> {
        let source = Source::parse(repository).ok()?;
        if !matches!(source, Source::Local(_)) {
            return Some(source_text(&source));
        }
        let sources = self.locked.keys().map(|(_, _, source)| source).filter(|it| it.starts_with("file://"));
        sources.into_iter().find(|it| answer(&self.locked, name, wanted, it).is_some()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_bundle::archive::{File, gzip, tar};
    use catalyst_bundle::oci::{Descriptor, media};
    use catalyst_plan::LockedChart;

    fn pack(files: &[(&str, &str)]) -> Vec<u8> {
        let files =
            files.iter().map(|(path, text)| (TreePath::new(path).unwrap(), File::new(text.as_bytes())));
        gzip(&tar(&files.collect()).unwrap())
    }

    const URL: &str = "https://charts.omani.works";

    #[test]
    fn a_chart_comes_with_what_it_needs_and_only_as_it_was_locked() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::make(&folder.path().join("store")).unwrap();
        let needs = format!(
            "name: web\nversion: 1.2.0\ndependencies: [{{name: lib, version: ^1, repository: {URL}}}]\n"
        );
        let web = pack(&[("web/Chart.yaml", &needs)]);
        let lib = pack(&[("lib/Chart.yaml", "name: lib\nversion: 1.0.0\n")]);
        let mut locked = Locked::new();
        for (name, version, archive) in [("web", "1.2.0", &web), ("lib", "1.0.0", &lib)] {
            let manifest = Descriptor::of(media::MANIFEST, name.as_bytes());
            store.add(name, manifest, &[(Digest::of(archive), archive)]).unwrap();
            let chart = LockedChart {
                app_version: None,
                archive: Digest::of(archive).hex(),
                manifest: None,
                tree: String::new(),
                ranges: Default::default(),
            };
            locked.insert((name.into(), version.parse().unwrap(), URL.into()), chart);
        }
        let root = Root::new(folder.path()).unwrap();
        let mut charts = Charts { root: &root, store: Some(store), locked };
        let from = |charts: &Charts<'_>, name: &str, wanted: &str, url: &str| {
            let dependency =
                Dependency { name: name.into(), version: wanted.into(), repository: Some(url.into()) };
            charts.archive(&dependency)
        };
        let get = |charts: &Charts<'_>, name, wanted| from(charts, name, wanted, &format!("{URL}/"));
        assert_eq!(get(&charts, "lib", "^1").as_deref(), Some(&lib[..]));
        let whole = get(&charts, "web", "1.2.0").unwrap();
        assert_eq!(get(&charts, "web", "~1.2"), Some(whole.clone()), "the same bytes each time");
        let whole = Opened::read(&whole).unwrap();
        assert!(whole.missing.is_empty());
        for (name, wanted) in [("web", "^2"), ("web", "1.2.1"), ("other", "*")] {
            assert_eq!(get(&charts, name, wanted), None, "{name} {wanted}");
        }
        assert_eq!(from(&charts, "lib", "^1", "https://elsewhere.omani.works"), None);
        assert_eq!(from(&charts, "lib", "^1", "file://../lib"), None);

        let blob = folder.path().join("store/blobs/sha256").join(Digest::of(&lib).hex());
        #[expect(clippy::disallowed_methods, reason = "a test damages its own store")]
        std::fs::write(blob, "x").unwrap();
        assert_eq!((get(&charts, "lib", "^1"), get(&charts, "web", "1.2.0")), (None, None));
        charts.store = None;
        assert_eq!(get(&charts, "web", "1.2.0"), None);
    }

    #[test]
    fn what_is_needed_many_times_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::make(&folder.path().join("store")).unwrap();
        let mut locked = Locked::new();
        // Each of the first three needs the next one two thousand times.
        for (name, next) in [("a", "b"), ("b", "c"), ("c", "d"), ("d", "")] {
            let need = format!("- {{name: {next}, version: ^1, repository: {URL}}}\n");
            let needs = if next.is_empty() { String::new() } else { need.repeat(2_000) };
            let text = format!("name: {name}\nversion: 1.0.0\ndependencies:\n{needs}");
            let archive = pack(&[(&format!("{name}/Chart.yaml"), &text)]);
            let manifest = Descriptor::of(media::MANIFEST, name.as_bytes());
            store.add(name, manifest, &[(Digest::of(&archive), &archive)]).unwrap();
            let chart = LockedChart {
                app_version: None,
                archive: Digest::of(&archive).hex(),
                manifest: None,
                tree: String::new(),
                ranges: Default::default(),
            };
            locked.insert((name.into(), "1.0.0".parse().unwrap(), URL.into()), chart);
        }
        let root = Root::new(folder.path()).unwrap();
        let charts = Charts { root: &root, store: Some(store), locked };
        let wanted = Dependency { name: "a".into(), version: "1.0.0".into(), repository: Some(URL.into()) };
        assert!(Opened::read(&charts.archive(&wanted).unwrap()).unwrap().missing.is_empty());
    }
}
