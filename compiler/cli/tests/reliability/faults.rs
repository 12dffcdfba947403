//! Every point at which a whole build changes something: the process dies there, or the disk is full there, or it fails there.
//!
//! The binary that these tests run has the feature `faults` of `catalyst-system`, since that is what the package asks for its tests.

use crate::support::{Sandbox, Tree, each, restore, run};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many points lie between the output and the shared kit taking their places: permissions and the exchange, and what clears the way.
const BETWEEN: usize = 4;

/// A project with an older output, and what is there before and after the next build.
struct Stage {
    sandbox: Sandbox,
    old: (Tree, Tree),
    new: (Tree, Tree),
}

impl Stage {
    fn new() -> Stage {
        let sandbox = Sandbox::smallest();
        run(&mut sandbox.build()).expect(0);
        std::fs::write(sandbox.out().join("NOTES"), "somebody's own").unwrap();
        let old = sandbox.built();
        sandbox.edit("Bolt");
        run(&mut sandbox.build()).expect(0);
        let new = sandbox.built();
        assert!(old.0 != new.0 && old.1 != new.1, "the edit reaches both folders");
        assert!(new.0.contains_key(std::path::Path::new("NOTES")), "somebody's own file stays");
        Stage { sandbox, old, new }
    }

    /// Builds over the older output with a fault, after which each folder is the old one or the new one.
    fn build(&self, fault: &str) -> (crate::support::Ended, [bool; 2]) {
        self.sandbox.remove_rubbish();
        restore(&self.sandbox.out(), &self.old.0);
        restore(&self.sandbox.kit(), &self.old.1);
        let ended = run(self.sandbox.build().args(["--jobs", "1"]).env("CATALYST_FAULT", fault));
        let (out, kit) = self.sandbox.built();
        let is_new = [out == self.new.0, kit == self.new.1];
        assert!(is_new[0] || out == self.old.0, "{fault}: the output is neither old nor new");
        assert!(is_new[1] || kit == self.old.1, "{fault}: the kit is neither old nor new");
        assert!(is_new[0] || !is_new[1], "{fault}: the kit is newer than the output");
        (ended, is_new)
    }

    /// A build without faults ends with the new tree and nothing else.
    fn mend(&self, fault: &str) {
        run(&mut self.sandbox.build()).expect(0);
        assert!(self.sandbox.built() == self.new, "{fault}: the next build gives another tree");
        assert_eq!(self.sandbox.rubbish(), [""; 0], "{fault}: the next build leaves something behind");
    }

    /// How many points a build has: the last one at which it can be killed.
    fn points(&self) -> usize {
        let dies = |at: usize| self.build(&format!("kill:{at}")).0.is_killed();
        let (mut low, mut high) = (1, 2);
        assert!(dies(low), "the binary has no fault points: it was built without the feature");
        while dies(high) {
            (low, high) = (high, high * 2);
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            if dies(middle) { low = middle } else { high = middle }
        }
        low
    }
}

/// Checks every point, in two projects at the same time.
fn at_every_point(check: impl Fn(&Stage, usize) + Sync) -> usize {
    let stages = [Stage::new(), Stage::new()];
    let points = stages[0].points();
    let halves: Vec<(usize, &Stage)> = stages.iter().enumerate().collect();
    each(&halves, |(first, stage)| {
        (first + 1..=points).step_by(halves.len()).for_each(|at| check(stage, at))
    });
    points
}

#[test]
fn a_kill_at_every_point_leaves_the_old_tree_or_the_new_one() {
    let points = at_every_point(|stage, at| {
        let fault = format!("kill:{at}");
        let (ended, _) = stage.build(&fault);
        assert!(ended.is_killed(), "{fault}: {}", ended.err);
        stage.mend(&fault);
    });
    assert!(points > 100, "{points} points");
    eprintln!("a build has {points} points; killed at each");
}

#[test]
fn an_error_at_every_point_leaves_the_old_tree_or_is_no_failure() {
    let between = AtomicUsize::new(0);
    at_every_point(|stage, at| {
        for fault in
            ["enospc", "eio"].iter().flat_map(|kind| [format!("{kind}:{at}"), format!("{kind}:{at}+")])
        {
            let (ended, is_new) = stage.build(&fault);
            match ended.code() {
                Some(0) => assert_eq!(is_new, [true, true], "{fault}: success without the new tree"),
                Some(2) => {
                    // Two folders cannot take their places in one step. Whoever fails between says so.
                    if is_new[0] {
                        between.fetch_add(usize::from(!fault.ends_with('+')), Ordering::SeqCst);
                        assert!(
                            ended.err.contains("the output is the new one already"),
                            "{fault}: {}",
                            ended.err
                        );
                    }
                    let says = if fault.starts_with("eio") { "input/output error" } else { "no space left" };
                    assert!(ended.err.contains(says), "{fault}: {}", ended.err);
                }
                other => panic!("{fault}: exit code {other:?}: {}", ended.err),
            }
            // What can be removed is removed at once; what cannot, by the next build.
            if fault.ends_with('+') {
                stage.mend(&fault);
            } else if !is_new[0] {
                assert_eq!(stage.sandbox.rubbish(), [""; 0], "{fault}");
            }
        }
    });
    let between = between.into_inner();
    assert!(between <= 2 * BETWEEN, "{between} failures between the two folders");
}
