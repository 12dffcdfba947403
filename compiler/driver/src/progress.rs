//! How far a run has come, for whoever shows it.

/// Stages of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Finding and reading files.
    Read,
    /// Parsing files and gathering what is in them.
    Parse,
    /// Compiling Sovereigns.
    Compile,
    /// Rendering charts.
    Render,
    /// Writing files.
    Write,
    /// Keeping what the next build need not find again.
    Remember,
}

impl Stage {
    /// A word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Read => "reading",
            Stage::Parse => "parsing",
            Stage::Compile => "compiling",
            Stage::Render => "rendering",
            Stage::Write => "writing",
            Stage::Remember => "remembering",
        }
    }
}

/// Takes note of progress. Called from many threads.
pub trait Progress: Sync {
    /// A stage begins, with so many units of work.
    fn begin(&self, stage: Stage, total: usize);
    /// A unit is done; `what` names it.
    fn step(&self, stage: Stage, what: &str);
}

/// Takes no note.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: Stage, _: usize) {}
    fn step(&self, _: Stage, _: &str) {}
}
