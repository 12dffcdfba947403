//! What can be known of files without reading them, for whoever wants to know later that nobody has touched them.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use catalyst_source::TreePath;

use crate::delivery::{new_name, visit_files};
use crate::error::IoError;
use crate::faults::Faults;
use crate::meta::Meta;
use crate::ops;

/// One file as it looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Its path in the tree.
    pub path: TreePath,
    /// What it looks like. A delivery says the same of what it wrote.
    pub meta: Meta,
    /// When its record changed, in nanoseconds since 1970. No program can set this. It also changes when a file gets or loses a second
    /// name, so it is only comparable once a delivery is over.
    pub ctime_ns: i64,
}

/// The files below one folder of a tree, sorted; none when there is no such folder. `None` when there is something that no delivery makes: a
/// link, a special file, a name that is no path.
pub fn look(tree: &Path, folder: &TreePath) -> Result<Option<Vec<Seen>>, IoError> {
    let mut files = Vec::new();
    let mut is_odd = false;
    visit_files(tree, folder, &mut |path, metadata| {
        let ctime_ns = metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
        match path.filter(|_| metadata.is_file()) {
            Some(path) => files.push(Seen { path, meta: Meta::of(metadata), ctime_ns }),
            None => is_odd = true,
        }
        Ok(())
    })?;
    files.sort_unstable();
    Ok((!is_odd).then_some(files))
}

/// The names in a folder, sorted; `None` when there is no such folder. In a name that is no text, `U+FFFD` stands for what is none.
pub fn names(folder: &Path) -> Option<Vec<String>> {
    let listed = std::fs::read_dir(folder).ok()?;
    let mut names: Vec<String> = listed
        .map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect::<Option<_>>()?;
    names.sort();
    Some(names)
}

/// The time that the file system beside a destination gives to a file that is written now, in nanoseconds since 1970. A later change of a file
/// whose own time is earlier than this one cannot go unseen.
pub fn tick(dest: &Path) -> Option<i64> {
    // No fault is asked for here: how often this runs depends on the clock. A probe that a killed run leaves has the name of a new tree, so
    // the next delivery removes it.
    let (faults, probe) = (Faults::none(), new_name(dest));
    let meta = ops::write_new(&faults, &probe, b"", false).ok();
    let _ = ops::remove_file(&faults, &probe);
    Some(meta?.mtime_ns)
}

/// What the program that runs looks like as a file: another build of it is another program.
pub fn own_program() -> Option<Meta> {
    let path = std::env::current_exe().ok()?;
    Some(Meta::of(&path.metadata().ok()?))
}

/// What a file looks like, wherever it stands; a link is followed.
pub fn meta_of(file: &Path) -> Option<Meta> {
    Some(Meta::of(&file.metadata().ok()?))
}

/// The most memory that this process has used so far, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{Sandbox, tree};

    fn now(sandbox: &Sandbox) -> Option<Vec<Seen>> {
        look(&sandbox.at(""), &tree("out")).unwrap()
    }

    #[test]
    fn every_touch_of_a_folder_is_seen() {
        let sandbox = Sandbox::empty();
        assert_eq!(now(&sandbox), Some(vec![]));
        sandbox.file("out/a/one", "1");
        sandbox.file("out/two", "2");
        let mut seen = vec![now(&sandbox)];
        assert_eq!(now(&sandbox), seen[0]);
        let touches: [(&str, &dyn Fn()); 6] = [
            ("a second name", &|| {
                std::fs::hard_link(sandbox.at("out/two"), sandbox.at("elsewhere")).unwrap()
            }),
            ("another length", &|| sandbox.file("out/two", "22")),
            ("another file of the same length", &|| {
                sandbox.file("new", "22");
                std::fs::rename(sandbox.at("new"), sandbox.at("out/two")).unwrap();
            }),
            ("one more", &|| sandbox.file("out/a/three", "")),
            ("another name", &|| {
                std::fs::rename(sandbox.at("out/a/three"), sandbox.at("out/a/four")).unwrap()
            }),
            ("one less", &|| std::fs::remove_file(sandbox.at("out/a/one")).unwrap()),
        ];
        for (what, touch) in touches {
            // Two touches in one tick of the clock would look alike.
            let before = tick(&sandbox.at("out"));
            while tick(&sandbox.at("out")) == before {}
            touch();
            let now = now(&sandbox);
            assert!(!seen.contains(&now), "{what}");
            seen.push(now);
        }
        sandbox.link("out/link", "two");
        assert_eq!(now(&sandbox), None);
    }

    #[test]
    fn a_delivery_knows_what_it_wrote_looks_like() {
        let sandbox = Sandbox::empty();
        let paths = [tree("s/a"), tree("s/b/c")];
        let deliver = |put: &dyn Fn(&crate::Delivery, &TreePath) -> Meta| {
            let delivery = crate::Delivery::begin(&sandbox.at("out")).unwrap();
            let told: Vec<Meta> = paths.iter().map(|path| put(&delivery, path)).collect();
            delivery.commit(crate::Foreign::Drop).unwrap();
            let seen = look(&sandbox.at("out"), &tree("s")).unwrap().unwrap();
            assert_eq!(seen.iter().map(|it| it.meta).collect::<Vec<_>>(), told);
            told
        };
        let written = deliver(&|delivery, path| delivery.write(path, b"x").unwrap());
        assert_eq!(deliver(&|delivery, path| delivery.keep(path, path).unwrap()), written);
    }
}
