//! How long the large cases take. Run by hand: `cargo test -p catalyst-system --release -- --ignored speed --nocapture --test-threads=1`.

use std::time::Instant;

use super::{Sandbox, tree};
use crate::{Delivery, Discover, Foreign, discover, list_tree, read_found};

const FILES: usize = 50_000;

fn timed<T>(what: &str, work: impl Fn() -> T) -> T {
    let mut best = f64::MAX;
    for _ in 0..4 {
        let begun = Instant::now();
        drop(work());
        best = best.min(begun.elapsed().as_secs_f64());
    }
    eprintln!("{what}: {:.0} ms, {:.2} µs a file", best * 1e3, best * 1e6 / FILES as f64);
    work()
}

#[test]
#[ignore = "measures; says nothing about right or wrong"]
fn speed_of_a_fleet() {
    let sandbox = Sandbox::project();
    sandbox.file(".gitignore", "/target\n*.tmp\n/out\n.catalystc/\n");
    for at in 0..FILES {
        let path = format!("sovereigns/s{}/organizations/o{}/applications/a{at}.yaml", at % 10, at % 500);
        sandbox.file(path, vec![b'x'; 1000]);
    }
    let root = sandbox.root();
    let found = timed("discover", || discover(&root, &Discover::default()));
    assert_eq!(found.files.len(), FILES + 1);
    timed("read", || {
        found.files.iter().map(|file| read_found(&root, file, 1 << 20).unwrap()).collect::<Vec<_>>()
    });
    // A project file at the top of a tree would say that it is no output.
    let files: Vec<_> = found.files.iter().filter(|file| file.path.parent().is_some()).collect();
    let dest = sandbox.at("out");
    timed("deliver, all written", || {
        let delivery = Delivery::begin(&dest).unwrap();
        for file in &files {
            delivery.write(&file.path, &[b'x'; 1000]).unwrap();
        }
        delivery.commit(Foreign::Keep(&|_| true)).unwrap()
    });
    timed("deliver, all kept", || {
        let delivery = Delivery::begin(&dest).unwrap();
        for file in &files {
            delivery.keep(&file.path, &file.path).unwrap();
        }
        delivery.write(&tree("index.json"), b"{}").unwrap();
        delivery.commit(Foreign::Keep(&|_| true)).unwrap()
    });
    timed("list the output", || list_tree(&dest).unwrap());
}
