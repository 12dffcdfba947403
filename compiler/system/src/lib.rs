//! The only door to the file system, processes, the environment and the clock.
//!
//! Values go in and out: paths below a root, texts with what is known about their files, problems and errors as data. This crate knows no
//! YAML, no intent and no diagnostics; it never prints, never reads the wall clock and never touches the network. Unix only.
//!
//! Reading: [`find_root`], [`discover`], [`read`]. Writing: [`Delivery`] for a whole tree, [`write_atomic`] and its siblings for one file.
//! Beside them [`run`] for programs, [`EnvVars`], [`Stopwatch`], [`Watcher`] and [`Cancel`].

#![expect(clippy::disallowed_methods, reason = "this crate is the door to the system")]

mod cancel;
mod clock;
mod delivery;
mod discover;
mod edit;
mod env;
mod error;
mod exclusive;
mod extra;
mod faults;
mod layout;
mod look;
mod meta;
mod ops;
mod process;
mod read;
mod root;
mod secret;
mod spool;
mod stream;
mod watch;

pub use cancel::Cancel;
pub use clock::Stopwatch;
pub use delivery::{
    Committed, Delivery, DeliveryOptions, Durability, Foreign, Patch, clear_leftovers, foreign, list_plain,
    list_tree,
};
pub use discover::{Discover, Discovery, Found, Limits, Place, ProblemKind, WalkProblem, discover};
pub use edit::{remove, rename_file, write_atomic, write_atomic_with, write_named, write_named_from};
pub use env::{EnvVars, Stream, VARIABLES, Var, Variable, current_dir, is_terminal, terminal_width};
pub use error::{IoError, IoErrorKind};
pub use exclusive::Exclusive;
pub use extra::{Scratch, is_taken, make_root, plain_path, read_file, read_path, write_folder};
pub use faults::{Fault, Faults};
pub use layout::{FoundKind, INTENT_FOLDERS, LOCK_FILE, PINS_FILE, PROJECT_FILE, kind_of};
pub use look::{Seen, look, meta_of, names, own_program, peak_memory, tick};
pub use meta::Meta;
pub use process::{Output, Run, RunError, run, which};
pub use read::{FileBytes, ReadError, read, read_bytes, read_found};
pub use root::{Root, RootError, find_root};
pub use secret::{is_private, random, read_descriptor, read_hidden, write_new, write_private};
pub use spool::{Spool, Spooled};
pub use stream::{Part, Sink};
pub use watch::{Change, WatchMode, WatchTimes, Watcher};

#[cfg(test)]
mod tests;
