//! Builds of one project at the same time, and builds while somebody edits.

use crate::support::{Dice, Sandbox, replace, run, tree};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

const SITE: &str = crate::support::SITE;

fn start(sandbox: &Sandbox) -> Child {
    sandbox.build().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts that many builds at once; whoever does not get the folder is told who has it.
#[test]
fn builds_at_the_same_time_give_one_whole_tree() {
    let sandbox = Sandbox::new();
    run(&mut sandbox.build()).expect(0);
    let old = sandbox.built();
    sandbox.edit("Bolt");
    run(&mut sandbox.build()).expect(0);
    let new = sandbox.built();
    let (mut won, mut told) = (0, 0);
    for (round, builds) in [2, 3, 4, 8, 16, 16].into_iter().enumerate() {
        // Every other round starts without any output.
        for (folder, tree) in [(sandbox.out(), &old.0), (sandbox.kit(), &old.1)] {
            std::fs::remove_dir_all(&folder).unwrap();
            if round % 2 == 0 {
                crate::support::restore(&folder, tree);
            }
        }
        let rivals: Vec<Child> = (0..builds).map(|_| start(&sandbox)).collect();
        let pids: Vec<String> = rivals.iter().map(|rival| rival.id().to_string()).collect();
        let mut won_now = 0;
        for rival in rivals {
            let ended = rival.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&ended.stderr);
            match ended.status.code() {
                Some(0) => won_now += 1,
                Some(2) => {
                    told += 1;
                    assert!(text.contains("is writing it"), "{text}");
                    // Who has just begun may not have signed yet.
                    let named = pids.iter().any(|pid| text.contains(&format!("process {pid} ")));
                    assert!(named || text.contains("another process is writing it"), "{text}");
                }
                other => panic!("{other:?}: {text}"),
            }
        }
        assert!(won_now > 0, "somebody gets the folder");
        won += won_now;
        assert!(sandbox.built() == new, "{builds} builds leave something else than one of them does");
        assert_eq!(sandbox.rubbish(), [""; 0]);
    }
    eprintln!("{won} builds got the folder, {told} were told who had it");
}

/// What a reader of the output sees while builds replace it is one tree or the other.
#[test]
fn builds_while_files_are_edited_see_one_text_or_the_other() {
    let sandbox = Sandbox::new();
    let site = sandbox.project.join(SITE);
    run(&mut sandbox.build()).expect(0);
    let one = tree(&sandbox.out());
    let before = std::fs::read(&site).unwrap();
    replace(&site, "Acme", "Bolt");
    let after = std::fs::read(&site).unwrap();
    run(&mut sandbox.build()).expect(0);
    let two = tree(&sandbox.out());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let beside = site.with_file_name("site.tmp");
            let mut texts = [&before, &after].into_iter().cycle();
            while !done.load(Ordering::SeqCst) {
                std::fs::write(&beside, texts.next().unwrap()).unwrap();
                std::fs::rename(&beside, &site).unwrap();
            }
        });
        for _ in 0..20 {
            run(&mut sandbox.build()).expect(0);
            let found = tree(&sandbox.out());
            assert!(found == one || found == two, "a tree that no text gives");
        }
        done.store(true, Ordering::SeqCst);
    });
}

/// Files that come and go while a build reads: findings, or a build without them, never a fault.
#[test]
fn files_that_vanish_are_findings() {
    let sandbox = Sandbox::new();
    let extra = sandbox.project.join("sovereigns/tiny/organizations/acme/applications");
    let text = std::fs::read_to_string(extra.join("notes.yaml")).unwrap();
    let done = AtomicBool::new(false);
    let mut codes = [0; 2];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut dice = Dice::new(7);
            while !done.load(Ordering::SeqCst) {
                let name = format!("extra-{}", dice.below(30));
                let path = extra.join(format!("{name}.yaml"));
                match dice.below(4) {
                    0 => drop(std::fs::remove_file(&path)),
                    1 => drop(std::fs::rename(&path, extra.join("gone.txt"))),
                    // Half of a text is what an editor that writes in place shows for a moment.
                    2 => drop(std::fs::write(&path, &text[..dice.below(text.len())])),
                    _ => drop(std::fs::write(&path, text.replace("name: notes", &format!("name: {name}")))),
                }
            }
        });
        for _ in 0..30 {
            let ended = run(&mut sandbox.build());
            match ended.code() {
                Some(code @ 0..=1) => codes[usize::try_from(code).unwrap()] += 1,
                other => panic!("{other:?}: {}\n{}", ended.out, ended.err),
            }
            assert!(!ended.out.contains("internal-error"), "{}", ended.out);
            assert_eq!(sandbox.rubbish(), [""; 0]);
        }
        done.store(true, Ordering::SeqCst);
    });
    eprintln!("{} builds were clean, {} had findings", codes[0], codes[1]);
}
