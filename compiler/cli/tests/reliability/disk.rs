//! A disk that is really full: a file system in memory of a few pages, in a mount namespace that ends with its shell.

use crate::support::{Sandbox, catalystc, restore, run, shell, tree};

/// Mounts a small file system over `$1/disk`, puts the old tree there, leaves `$2` KiB free, builds into it, and copies what is there then.
const SCRIPT: &str = r#"
mount -t tmpfs -o size=4m,nr_inodes=2000 none "$AT/disk" || exit 90
cp -R "$AT/old" "$AT/disk/out" || exit 91
free=$(df -k --output=avail "$AT/disk" | tail -n 1)
filler=$((free - LEFT))
if [ "$filler" -gt 0 ]; then head -c "$((filler * 1024))" /dev/zero > "$AT/disk/filler" || exit 92; fi
"$@"
code=$?
rm -rf "$AT/after"
cp -R "$AT/disk/out" "$AT/after" && ls -A "$AT/disk" > "$AT/names"
exit "$code"
"#;

#[test]
fn a_full_disk_leaves_the_old_tree() {
    let sandbox = Sandbox::smallest();
    let around = sandbox.around();
    run(sandbox.build().arg("--out").arg(around.join("old"))).expect(0);
    let old = tree(&around.join("old"));
    sandbox.edit("Bolt");
    run(sandbox.build().arg("--out").arg(around.join("new"))).expect(0);
    let new = tree(&around.join("new"));
    assert!(old != new);
    let kit = tree(&sandbox.kit());
    std::fs::create_dir(around.join("disk")).unwrap();

    let mut inside = catalystc();
    inside
        .arg("-C")
        .arg(&sandbox.project)
        .args(["build", "--jobs", "1", "--out"])
        .arg(around.join("disk/out"));
    let mut outcomes = [0, 0];
    for left in (0..=40).step_by(4).chain([80, 160, 320, 640]) {
        let inner = shell(SCRIPT, &inside);
        let mut outer = std::process::Command::new("unshare");
        outer.arg("--mount").arg("--").arg(inner.get_program()).args(inner.get_args());
        outer.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        outer.env("AT", &around).env("LEFT", left.to_string());
        let ended = match outer.output() {
            Ok(_) if left == 0 && !can_mount() => {
                eprintln!("SKIPPED: a full disk needs `unshare --mount` and the right to mount");
                return;
            }
            Ok(output) => output,
            Err(error) => panic!("{error}"),
        };
        let text = String::from_utf8_lossy(&ended.stderr);
        let after = tree(&around.join("after"));
        let names = std::fs::read_to_string(around.join("names")).unwrap();
        assert!(!names.contains("catalystc"), "{left} KiB: {names}");
        match ended.status.code() {
            Some(0) => {
                outcomes[0] += 1;
                assert!(after == new, "{left} KiB: success without the new tree");
            }
            Some(2) => {
                outcomes[1] += 1;
                assert!(after == old, "{left} KiB: failure, and the old tree is not there: {text}");
                assert!(text.contains("no space left on device"), "{text}");
                assert!(text.contains("free some space"), "{text}");
            }
            other => panic!("{left} KiB: {other:?}: {text}"),
        }
    }
    assert!(outcomes.iter().all(|&count| count > 1), "both ends occur: {outcomes:?}");
    eprintln!("{} builds fitted, {} did not", outcomes[0], outcomes[1]);
    restore(&sandbox.kit(), &kit);
}

fn can_mount() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut probe = std::process::Command::new("unshare");
    probe.args(["--mount", "mount", "-t", "tmpfs", "none"]).arg(folder.path());
    probe.output().is_ok_and(|output| output.status.success())
}
