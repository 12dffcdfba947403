//! Real signals at moments that nobody chose. Whatever the moment, the same must hold.

use crate::support::{Dice, Sandbox, restore, run};
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

/// How many builds each test stops.
const ROUNDS: usize = 40;

/// Starts a build, sends the signal after a while, and says how the build ended.
fn stopped(sandbox: &Sandbox, signal: Signal, after: Duration) -> std::process::Output {
    let mut command = sandbox.build();
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    std::thread::sleep(after);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    // It may have ended already; not being reaped yet, its number is nobody else's.
    kill_process(pid, signal).unwrap();
    child.wait_with_output().unwrap()
}

fn at_any_moment(seed: u64, signals: &[Signal]) {
    let sandbox = Sandbox::new();
    run(&mut sandbox.build()).expect(0);
    let old = sandbox.built();
    sandbox.edit("Bolt");
    // How long a build takes here decides where the moments lie, and nothing else.
    let begun = Instant::now();
    run(&mut sandbox.build()).expect(0);
    let takes = begun.elapsed();
    let new = sandbox.built();
    let mut dice = Dice::new(seed);
    let mut stops = 0;
    for round in 0..ROUNDS {
        restore(&sandbox.out(), &old.0);
        restore(&sandbox.kit(), &old.1);
        let signal = dice.pick(signals);
        let ended = stopped(&sandbox, signal, takes.mul_f64(dice.below(120) as f64 / 100.0));
        let (out, kit) = sandbox.built();
        assert!(out == old.0 || out == new.0, "{round}: the output is neither old nor new");
        assert!(kit == old.1 || kit == new.1, "{round}: the kit is neither old nor new");
        let text = String::from_utf8_lossy(&ended.stderr);
        match (ended.status.code(), ended.status.signal()) {
            (Some(0), _) => assert!((out, kit) == new, "{round}: success without the new tree"),
            (Some(130), _) => {
                stops += 1;
                assert!((out, kit) == old, "{round}: interrupted, and something was written");
                assert!(text.contains("interrupted"), "{text}");
                assert_eq!(sandbox.rubbish(), [""; 0], "{round}");
            }
            // Before the program could ask for it, a signal ends it as it ends any program.
            (None, Some(number)) => {
                stops += 1;
                assert_eq!(number, signal.as_raw(), "{round}: {text}");
            }
            other => panic!("{round}: {other:?}: {text}"),
        }
    }
    run(&mut sandbox.build()).expect(0);
    assert!(sandbox.built() == new);
    assert_eq!(sandbox.rubbish(), [""; 0]);
    eprintln!("{stops} of {ROUNDS} builds were stopped before they ended");
}

#[test]
fn a_kill_leaves_the_old_tree_or_the_new_one() {
    at_any_moment(1, &[Signal::KILL]);
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    at_any_moment(2, &[Signal::INT, Signal::TERM, Signal::HUP]);
}

/// The code of a build that was asked to stop while it wrote, as it asks itself.
#[test]
fn an_interrupt_while_writing_exits_130() {
    let sandbox = Sandbox::smallest();
    run(&mut sandbox.build()).expect(0);
    let old = sandbox.built();
    sandbox.edit("Bolt");
    for fault in ["interrupt:1", "interrupt:10", "interrupt:40"] {
        let ended = run(sandbox.build().env("CATALYST_FAULT", fault)).expect(130);
        assert!(ended.err.contains("interrupted; nothing was written"), "{}", ended.err);
        assert!(sandbox.built() == old, "{fault}");
        assert_eq!(sandbox.rubbish(), [""; 0], "{fault}");
    }
}
